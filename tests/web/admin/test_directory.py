"""Users and groups over HTTP: made by hand they are changed here, else at their source."""

from __future__ import annotations

from typing import Any

import pytest

from tests.administering import Admin, an_admin

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"


@pytest.fixture
def scim(service: Any) -> Any:
    return service.scim()


@pytest.fixture
def admin(service: Any, scim: Any) -> Admin:
    return an_admin(service, scim.connected.organization, "write")


def made(admin: Admin, noun: str, **attributes: Any) -> str:
    reply = admin.post(f"/{noun}", {"attributes": attributes})
    assert reply.status == 201, reply.body
    ident: str = reply.body["id"]
    assert reply.headers["Location"] == f"/api/v1/{noun}/{ident}"
    return ident


def test_user_is_made_changed_removed_and_restored(admin: Admin) -> None:
    user = made(admin, "users", userName="ada@example.com", **{ENTERPRISE: {"department": "Mathematics"}})
    changes = {"name.givenName": "Ada", f"{ENTERPRISE}:department": None, "active": False}
    shown = admin.patch(f"/users/{user}", {"attributes": {"name.givenName": "Ada"}}).body
    assert shown["attributes"]["name"] == {"givenName": "Ada"}
    assert admin.patch(f"/users/{user}", {"attributes": changes}).status == 200
    assert admin.get(f"/users/{user}").status == 404
    assert [one["id"] for one in admin.get("/tombstones").body["data"]] == [user]
    restored = admin.post(f"/tombstones/{user}/restore").body
    assert (restored["id"], restored["state"]) == (user, "living")
    assert admin.delete(f"/users/{user}").status == 204
    assert admin.delete(f"/users/{user}").status == 404


def test_what_a_connection_owns_is_changed_at_its_source(scim: Any, admin: Admin) -> None:
    user, group = scim.a_user(), scim.a_group()
    for reply in (
        admin.patch(f"/users/usr_{user['id']}", {"attributes": {"title": "x"}}),
        admin.delete(f"/users/usr_{user['id']}"),
        admin.patch(f"/groups/grp_{group['id']}", {"attributes": {"displayName": "x"}}),
        admin.post(f"/groups/grp_{group['id']}/members", {"add": [f"usr_{user['id']}"]}),
        admin.delete(f"/groups/grp_{group['id']}"),
    ):
        assert reply.status == 409
        assert scim.connected.connection in reply.body["detail"]
        assert "identity provider" in reply.body["detail"]
    assert scim.get(f"/Users/{user['id']}").body["meta"] == user["meta"]


def test_group_takes_members_of_every_owner(scim: Any, admin: Admin) -> None:
    theirs, own = f"usr_{scim.a_user()['id']}", made(admin, "users", userName="b")
    group, inner = made(admin, "groups", displayName="All"), f"grp_{scim.a_group()['id']}"
    assert admin.get(f"/groups/{group}").body["kind"] == "custom"
    assert admin.get(f"/groups/{inner}").body["kind"] == "scim"
    assert admin.post(f"/groups/{group}/members", {"add": [theirs, own, inner]}).status == 200
    assert {one["id"] for one in admin.get(f"/groups/{group}/members").body["data"]} == {theirs, own, inner}
    admin.post(f"/groups/{group}/members", {"remove": [own]})
    assert {one["id"] for one in admin.get(f"/groups/{group}/members").body["data"]} == {theirs, inner}
    assert [one["id"] for one in admin.get(f"/users/{theirs}/groups").body["data"]] == [group]


@pytest.mark.parametrize(
    "name", ["Everyone", "EVERYONE", "admin center administrators", "\uff25veryone", "Admin  Center Administrators"]
)
def test_names_of_system_groups_are_taken(admin: Admin, name: str) -> None:
    assert admin.post("/groups", {"attributes": {"displayName": name}}).status == 409


@pytest.mark.parametrize(
    "attributes",
    [{"groups": [{"value": "x"}]}, {"id": "x"}, {"meta": {}}, {"nonsense": 1}, {"userName": 7}, {"userName": ""}, {},
     {"userName": "x", "emails": "none"}, {"userName": "a\u200bb"}],
)  # fmt: skip
def test_attributes_that_cannot_be_written_are_refused(admin: Admin, attributes: dict[str, Any]) -> None:
    reply = admin.post("/users", {"attributes": {"userName": "fine"} | attributes if attributes else {}})
    assert reply.status == 422
    user = made(admin, "users", userName="other")
    if attributes:
        assert admin.patch(f"/users/{user}", {"attributes": attributes}).status == 422


def test_name_that_is_taken_is_told_with_its_owner(scim: Any, admin: Admin) -> None:
    scim.a_user("taken@example.com")
    reply = admin.post("/users", {"attributes": {"userName": "TAKEN@example.com"}})
    assert reply.status == 409
    assert scim.connected.connection in reply.body["detail"]


def test_users_and_groups_are_not_each_other(scim: Any, admin: Admin) -> None:
    user, group = scim.a_user()["id"], scim.a_group()["id"]
    for path in (f"/users/{group}", f"/groups/{user}", f"/users/grp_{user}", f"/groups/usr_{group}"):
        assert admin.get(path).status == 404
        assert admin.patch(path, {"attributes": {"displayName": "x"}}).status == 404
        assert admin.delete(path).status == 404


def test_changes_of_one_request_are_bounded(admin: Admin) -> None:
    user = made(admin, "users", userName="many")
    many = {f'emails[value eq "{number}"].display': "x" for number in range(1001)}
    reply = admin.patch(f"/users/{user}", {"attributes": many})
    assert (reply.status, reply.body["errors"][0]["field"]) == (422, "attributes")
