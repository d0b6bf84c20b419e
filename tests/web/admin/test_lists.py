"""Lists page by page: each element once, in order, and cursors that are none are refused."""

from __future__ import annotations

from typing import Any

import pytest

from optiid.services import hand_made
from tests.administering import Admin, an_admin


@pytest.fixture
def admin(service: Any) -> Admin:
    connected = service.connect()
    made = [
        hand_made.create(service.database, connected.organization, "User", {"userName": f"u{number}"}).stored.id
        for number in range(7)
    ]
    members = [{"value": ident} for ident in made]
    body = {"displayName": "All", "members": members}
    hand_made.create(service.database, connected.organization, "Group", body)
    for _ in range(2):
        service.connect(organization=connected.organization)
    return an_admin(service, connected.organization)


def walked(admin: Admin, path: str, limit: int) -> list[Any]:
    found: list[Any] = []
    after: str | None = ""
    while after is not None:
        body = admin.get(f"{path}?limit={limit}" + (f"&after={after}" if after else "")).body
        assert len(body["data"]) <= limit
        found, after = found + body["data"], body["next"]
    return found


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 200])
@pytest.mark.parametrize(
    "path", ["/users", "/connections", "/profiles", "/audit", "/events", "/keys", "/products", "/groups"]
)
def test_walk_meets_everything_once_and_in_order(admin: Admin, path: str, limit: int) -> None:
    whole = admin.get(f"{path}?limit=200").body
    assert whole["next"] is None
    assert walked(admin, path, limit) == whole["data"] != []


@pytest.mark.parametrize("limit", [1, 3, 200])
def test_members_are_walked_likewise(admin: Admin, limit: int) -> None:
    group = admin.get("/groups").body["data"][0]["id"]
    members = walked(admin, f"/groups/{group}/members", limit)
    assert [one["id"] for one in members] == [one["id"] for one in admin.get("/users").body["data"]]


def test_who_is_added_meanwhile_disturbs_nothing(service: Any, admin: Admin) -> None:
    first = admin.get("/users?limit=3").body
    gone, stays = first["data"][2], first["data"][1]
    assert admin.delete(f"/users/{gone['id']}").status == 204
    admin.post("/users", {"attributes": {"userName": "late"}})
    rest = admin.get(f"/users?after={first['next']}").body["data"]
    assert [one["userName"] for one in rest] == ["u3", "u4", "u5", "u6", "late"]
    assert stays not in rest


@pytest.mark.parametrize(
    "query", ["after=x", "after=grp_01920000-0000-7000-8000-000000000000", "limit=0", "limit=201", "limit=x", "page=2",
              "after=a&after=b", "after=", "limit=", "userName=%00"]
)  # fmt: skip
def test_parameters_that_are_none_are_refused(admin: Admin, query: str) -> None:
    assert admin.get(f"/users?{query}").status == 400


@pytest.mark.parametrize("after", ["x", "-1", "1" * 19, "١"])
def test_numbers_that_are_none_are_refused(admin: Admin, after: str) -> None:
    assert admin.get(f"/events?after={after}").status == 400


def test_one_is_found_by_name_in_any_case(admin: Admin) -> None:
    assert [one["userName"] for one in admin.get("/users?userName=U3").body["data"]] == ["u3"]
    assert admin.get("/users?userName=nobody").body == {"data": [], "next": None}
    assert len(admin.get("/groups?displayName=ALL").body["data"]) == 1


@pytest.mark.parametrize("path", ["/users", "/groups", "/keys", "/events", "/audit", "/tombstones", "/holds"])
def test_page_costs_the_same_whatever_is_on_it(service: Any, admin: Admin, path: str) -> None:
    admin.get(path)
    with service.database.counting() as seen:
        assert admin.get(f"{path}?limit=200").status == 200
    assert len(seen) <= 4, seen
