"""The deprovisioning policies `erase` and `suspend`, as product.md's section 3 has them beside `delete`."""

from __future__ import annotations

from typing import Any

import pytest

from optiid.services import connections, directory
from tests.events import directory_events

INACTIVE = {"op": "replace", "path": "active", "value": False}
ACTIVE = {"op": "replace", "path": "active", "value": True}


@pytest.fixture
def erasing(service: Any) -> Any:
    return service.scim(settings={"inactive": "erase"})


@pytest.fixture
def suspending(service: Any) -> Any:
    return service.scim(settings={"inactive": "suspend"})


def states(service: Any, scim: Any) -> dict[str, str]:
    """The directory's users with their states."""
    found = directory.users(service.database, scim.connected.organization)
    return {user["userName"]: user["state"] for user in found}


def kinds(service: Any, scim: Any) -> list[str]:
    found = directory_events(service.database, scim.connected.organization)
    return [event["kind"] for event in found]


@pytest.mark.parametrize("by", ["PATCH", "PUT"])
def test_erased_user_is_answered_once_more_and_then_unknown(service: Any, erasing: Any, by: str) -> None:
    user = erasing.a_user("ada@example.com", emails=[{"value": "ada@example.com"}])
    group = erasing.a_group(members=[user["id"]])
    before = erasing.get(f"/Groups/{group['id']}").headers["ETag"]
    path = f"/Users/{user['id']}"
    body = {"userName": "ada@example.com", "active": False}
    reply = erasing.patch(path, INACTIVE) if by == "PATCH" else erasing.put(path, body)
    assert (reply.status, reply.body["active"], reply.body["id"]) == (200, False, user["id"])
    assert [erasing.get(path).status, erasing.patch(path, ACTIVE).status, erasing.delete(path).status] == [404] * 3
    assert erasing.find("/Users", 'userName eq "ada@example.com"').body["totalResults"] == 0
    after = erasing.get(f"/Groups/{group['id']}")
    assert "members" not in after.body
    assert after.headers["ETag"] != before
    assert states(service, erasing) == {}
    assert kinds(service, erasing)[-1] == "user.deleted"
    assert erasing.a_user("ada@example.com")["id"] != user["id"]


def test_nobody_is_created_inactive_where_the_inactive_are_erased(service: Any, erasing: Any) -> None:
    assert erasing.a_user("bo@example.com", active=False)["active"] is True
    assert states(service, erasing) == {"bo@example.com": "living"}


def test_erased_user_leaves_no_row(service: Any, erasing: Any) -> None:
    user = erasing.a_user("cy@example.com", emails=[{"value": "cy@example.com"}])
    erasing.patch(f"/Users/{user['id']}", INACTIVE)
    for table in ("resource", "value_index", "unique_value", "membership"):
        rows = service.database.reading(
            lambda table=table: service.database.rows(
                f"SELECT * FROM {table} WHERE organization = ?", (erasing.connected.organization,)
            )
        )
        assert rows == []


def test_deleted_user_keeps_a_row_under_every_policy(service: Any, erasing: Any) -> None:
    user = erasing.a_user("di@example.com")
    assert erasing.delete(f"/Users/{user['id']}").status == 204
    sql = "SELECT removed_at FROM resource WHERE organization = ? AND id = ?"
    found = service.database.reading(lambda: service.database.row(sql, (erasing.connected.organization, user["id"])))
    assert found[0] is not None


def test_suspended_user_stays_listed_and_comes_back(service: Any, suspending: Any) -> None:
    user = suspending.a_user("ed@example.com")
    path = f"/Users/{user['id']}"
    assert suspending.patch(path, INACTIVE).body["active"] is False
    assert states(service, suspending) == {"ed@example.com": "suspended"}
    suspending.patch(path, {"op": "replace", "path": "title", "value": "Owner"})
    suspending.patch(path, ACTIVE)
    assert states(service, suspending) == {"ed@example.com": "living"}
    assert kinds(service, suspending) == ["user.created", "user.suspended", "user.updated", "user.restored"]


def test_post_revives_who_is_suspended(service: Any, suspending: Any) -> None:
    user = suspending.a_user("fay@example.com", externalId="1")
    suspending.patch(f"/Users/{user['id']}", INACTIVE)
    assert suspending.a_user("FAY@example.com")["id"] == user["id"]
    suspending.patch(f"/Users/{user['id']}", INACTIVE)
    assert suspending.a_user("fay@example.com", externalId="2")["id"] != user["id"]
    assert suspending.get(f"/Users/{user['id']}").status == 404
    assert kinds(service, suspending)[-3:] == ["user.suspended", "user.deleted", "user.created"]


def test_name_of_who_is_suspended_is_taken(service: Any, suspending: Any) -> None:
    user = suspending.a_user("gus@example.com")
    suspending.patch(f"/Users/{user['id']}", INACTIVE)
    other = suspending.a_user("hal@example.com")
    rename = {"op": "replace", "path": "userName", "value": "gus@example.com"}
    assert suspending.patch(f"/Users/{other['id']}", rename).status == 409
    neighbour = service.scim(organization=suspending.connected.organization)
    assert neighbour.post("/Users", {"userName": "gus@example.com"}).status == 409


def test_user_created_inactive_is_suspended(service: Any, suspending: Any) -> None:
    suspending.a_user("ivy@example.com", active=False)
    assert states(service, suspending) == {"ivy@example.com": "suspended"}
    assert kinds(service, suspending) == ["user.created", "user.suspended"]


def test_deleted_while_suspended_is_told(service: Any, suspending: Any) -> None:
    user = suspending.a_user("jo@example.com")
    suspending.patch(f"/Users/{user['id']}", INACTIVE)
    suspending.delete(f"/Users/{user['id']}")
    assert (states(service, suspending), kinds(service, suspending)[-1]) == ({}, "user.deleted")


def test_policy_chosen_later_moves_nobody(service: Any) -> None:
    scim = service.scim()
    user = scim.a_user("kim@example.com")
    scim.patch(f"/Users/{user['id']}", INACTIVE)
    registry = service.service.profiles.registry
    connections.change_settings(service.database, registry, scim.connected.connection, {"inactive": "suspend"})
    scim.patch(f"/Users/{user['id']}", {"op": "replace", "path": "title", "value": "Ghost"})
    assert states(service, scim) == {}
