"""Whose a resource is, across the connections of an organization."""

from __future__ import annotations

from typing import Any

from optiid.clock import new_id
from optiid.scim.resource_types import USER
from optiid.storage import ownership, resources
from optiid.storage.resources import Scope


def insert(service: Any, scope: Scope, name: str, state: str = "living") -> Any:
    document = {"userName": name, "active": state == "living"}
    return service.database.transaction(
        lambda: resources.insert(service.database, scope, USER, new_id(), document, state)
    )


def scopes(service: Any) -> tuple[Scope, Scope]:
    one = service.connect()
    other = service.connect(organization=one.organization)
    return Scope(one.organization, one.connection), Scope(one.organization, other.connection)


def test_found_by_id_or_name_whoever_owns_it(service: Any) -> None:
    one, other = scopes(service)
    gone, living = insert(service, one, "ann@example.com", "gone"), insert(service, other, "ANN@example.com")
    only_gone = insert(service, one, "bob@example.com", "gone")
    organization = one.organization

    def find(id_or_name: str, kind: str = "User", place: str = organization) -> Any:
        found = service.database.reading(lambda: ownership.find(service.database, place, kind, id_or_name))
        return found and found.id

    assert find(gone.id) == gone.id
    assert find("ann@example.com") == living.id
    assert find("bob@EXAMPLE.com") == only_gone.id
    assert find(living.id, "Group") is None
    assert find(living.id, place=scopes(service)[0].organization) is None
