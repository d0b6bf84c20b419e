"""A name is claimed once in the installation, and goes with its user."""

from __future__ import annotations

from typing import Any

import pytest

from optiid.clock import new_id
from optiid.scim.resource_types import USER
from optiid.storage import claims, resources
from optiid.storage.resources import NameTakenError, Scope, Stored


def a_user(service: Any, name: str) -> Stored:
    connected = service.connect()
    scope = Scope(connected.organization, connected.connection)
    document = {"userName": name, "active": True}
    stored: Stored = service.database.transaction(
        lambda: resources.insert(service.database, scope, USER, new_id(), document, "living")
    )
    return stored


def test_second_claim_is_refused_until_the_first_is_released(service: Any) -> None:
    database, name = service.database, new_id()
    first, second = a_user(service, name), a_user(service, name)
    database.transaction(lambda: claims.claim(database, first))
    with pytest.raises(NameTakenError):
        database.transaction(lambda: claims.claim(database, second))
    database.transaction(lambda: claims.release(database, first))
    database.transaction(lambda: claims.claim(database, second))
    database.transaction(lambda: resources.remove(database, second))
    assert database.transaction(lambda: claims.claim_all(database, first.organization)) == 0


def test_all_names_of_an_organization_are_claimed_and_the_rest_counted(service: Any) -> None:
    database, name = service.database, new_id()
    first, second = a_user(service, name), a_user(service, name)
    assert database.transaction(lambda: claims.claim_all(database, first.organization)) == 0
    assert database.transaction(lambda: claims.claim_all(database, second.organization)) == 1
    database.transaction(lambda: claims.release_all(database, first.organization))
    assert database.transaction(lambda: claims.claim_all(database, second.organization)) == 0
