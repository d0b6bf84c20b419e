"""Rows of users who are out of the directory: found by id or name, reopened, and purged when they are due."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from optiid.clock import timestamp
from optiid.storage import tombstones

if TYPE_CHECKING:
    from optiid.storage.tombstones import Tombstone

INACTIVE = {"op": "replace", "path": "active", "value": False}


def find(service: Any, organization: str, id_or_name: str) -> list[Tombstone]:
    found: list[Tombstone] = service.database.transaction(
        lambda: tombstones.find(service.database, organization, id_or_name)
    )
    return found


def test_tombstone_is_found_reopened_and_purged(service: Any) -> None:
    scim, database = service.scim(), service.database
    organization = scim.connected.organization
    user = scim.a_user("ada@example.com")
    assert find(service, organization, user["id"]) == []
    scim.delete(f"/Users/{user['id']}")
    found = find(service, organization, "ADA@example.com")
    assert [(one.stored.id, one.stored.state, one.removed_at is None) for one in found] == [(user["id"], "gone", False)]
    assert tombstones.page(database, organization, "", 10) == found
    assert tombstones.page(database, organization, user["id"], 10) == []
    assert tombstones.due(database, organization, timestamp(), 10) == [found[0].stored]
    assert tombstones.due(database, organization, found[0].removed_at or "", 10) == []
    database.transaction(lambda: tombstones.reopen(database, found[0].stored))
    assert find(service, organization, user["id"])[0].removed_at is None
    assert database.transaction(lambda: tombstones.purge(database, organization, user["id"]))
    assert not database.transaction(lambda: tombstones.purge(database, organization, user["id"]))
