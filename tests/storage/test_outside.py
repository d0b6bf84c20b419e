"""A plan meets the names of the directory, but for those of its own connection."""

from __future__ import annotations

from typing import Any

from optiid.storage import outside
from optiid.storage.resources import Scope


def test_names_of_others_are_met_and_own_ones_are_not(service: Any) -> None:
    scim = service.scim()
    scim.a_user("ada@example.com")
    organization = scim.connected.organization
    other = service.connect(organization=organization).connection

    def met(connection: str, kind: str, name: str, place: str = organization) -> bool:
        return service.database.reading(
            lambda: outside.name_is_living(service.database, Scope(place, connection), kind, name)
        )

    assert met(other, "User", "ada@example.com")
    assert not met(scim.connected.connection, "User", "ada@example.com")
    assert not met(other, "Group", "ada@example.com")
    assert not met(other, "User", "bo@example.com")
    assert not met(other, "User", "ada@example.com", service.connect().organization)


def test_nobody_has_values_and_claims_that_nobody_stored(service: Any) -> None:
    connected = service.connect()
    owner = Scope(connected.organization, connected.connection)
    database = service.database
    assert not database.reading(lambda: outside.value_is_taken(database, owner, "badge", "1"))
    assert not database.reading(lambda: outside.name_is_claimed(database, owner, "nobody@example.com"))
