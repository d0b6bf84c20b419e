"""`/Me` is the user whom a connection's settings name, and nobody else (RFC 7644, section 3.11)."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.fixture
def mine(service: Any) -> Any:
    return service.scim(settings={"me": "ADA"})


def test_me_is_the_named_user_at_its_own_address(mine: Any) -> None:
    ada = mine.a_user("ada", title="Countess")
    reply = mine.get("/Me")
    assert (reply.status, reply.body) == (200, ada)
    assert reply.headers["Location"] == ada["meta"]["location"]
    assert reply.headers["ETag"] == ada["meta"]["version"]
    assert mine.get("/Me?attributes=title").body == {"schemas": ada["schemas"], "id": ada["id"], "title": "Countess"}
    assert mine.get("/Me", headers={"If-None-Match": ada["meta"]["version"]}).status == 304


def test_me_is_changed_and_deleted(mine: Any) -> None:
    ada = mine.a_user("ada")
    changed = mine.patch("/Me", {"op": "add", "path": "title", "value": "Countess"})
    assert (changed.status, changed.body["title"]) == (200, "Countess")
    assert changed.headers["Location"] == ada["meta"]["location"]
    replaced = mine.put("/Me", {"userName": "ada"})
    assert (replaced.status, "title" in replaced.body) == (200, False)
    assert mine.delete("/Me").status == 204
    assert mine.get(f"/Users/{ada['id']}").status == mine.get("/Me").status == 404


def test_me_of_another_connection_is_not_found(service: Any, mine: Any) -> None:
    service.scim(organization=mine.connected.organization).a_user("ada")
    assert mine.get("/Me").status == 404


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
def test_me_is_not_offered_where_nobody_is_named(service: Any, method: str) -> None:
    assert service.scim().request(method, "/Me", {"userName": "x"}).status == 501


def test_me_cannot_be_created(mine: Any) -> None:
    assert mine.post("/Me", {"userName": "ada"}).status == 501
