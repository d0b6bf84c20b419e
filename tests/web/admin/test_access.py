"""What a product asks: may this person in, and with which roles."""

from __future__ import annotations

from typing import Any

import pytest

from tests.administering import Admin, an_admin
from tests.running import GROUP, USER


@pytest.fixture
def scim(service: Any) -> Any:
    return service.scim(settings={"inactive": "suspend"})


@pytest.fixture
def admin(service: Any, scim: Any) -> Admin:
    admin = an_admin(service, scim.connected.organization)
    admin.post("/products", {"id": "cms"})
    admin.post("/products/cms/roles", {"name": "Editor"})
    for instance in ("live", "test"):
        admin.post("/instances", {"id": instance, "product": "cms"})
    return admin


def asked(admin: Admin, name: str, instance: str = "") -> Any:
    reply = admin.get(f"/access?userName={name}" + (f"&instance={instance}" if instance else ""))
    assert reply.status == 200
    return reply.body


def test_roles_come_through_nested_groups_with_the_reason(scim: Any, admin: Admin) -> None:
    user = scim.a_user("ada@example.com")["id"]
    inner = scim.a_group("Inner", members=[user])["id"]
    outer = scim.a_group("Outer", members=[inner])["id"]
    granted = admin.post("/grants", {"instance": "live", "role": "editor", "group": f"grp_{outer}"}).body
    found = asked(admin, "ADA@example.com")
    assert (found["id"], found["allowed"], found["state"]) == (f"usr_{user}", True, "living")
    held = found["roles"][0]
    assert (held["product"], held["instance"], held["role"]) == ("cms", "live", "Editor")
    assert [step["id"] for step in held["reasons"][0]["path"]] == [f"grp_{inner}", f"grp_{outer}"]
    assert held["reasons"][0]["grant"] == granted["id"]
    assert asked(admin, "ada@example.com", "LIVE")["allowed"]
    assert not asked(admin, "ada@example.com", "test")["allowed"]
    assert admin.get(f"/users/usr_{user}/access").body == found
    holders = admin.get("/instances/live/roles/editor/users").body["data"]
    assert [one["id"] for one in holders] == [f"usr_{user}"]
    assert admin.delete(f"/grants/{granted['id']}").status == 204
    assert asked(admin, "ada@example.com")["roles"] == []


def test_who_is_suspended_gone_or_nobody_is_not_allowed(scim: Any, admin: Admin) -> None:
    user = scim.a_user("bea@example.com")["id"]
    admin.post("/grants", {"instance": "live", "role": "Editor", "everyone": True})
    assert asked(admin, "bea@example.com", "live")["allowed"]
    scim.patch(f"/Users/{user}", {"op": "replace", "path": "active", "value": False})
    found = asked(admin, "bea@example.com")
    assert (found["allowed"], found["state"], found["roles"]) == (False, "suspended", [])
    scim.delete(f"/Users/{user}")
    for name in ("bea@example.com", "nobody@example.com"):
        assert asked(admin, name) | {"userName": ""} == {
            "id": None, "userName": "", "state": None, "allowed": False, "roles": [], "groups": []
        }  # fmt: skip


def test_what_scim_says_of_roles_gives_none(scim: Any, admin: Admin) -> None:
    claims = [{"value": "administrator", "primary": True}]
    user = scim.a_user("eve@example.com", roles=claims, entitlements=claims)
    scim.patch(f"/Users/{user['id']}", {"op": "add", "path": "roles", "value": [{"value": "Editor"}]})
    assert asked(admin, "eve@example.com")["roles"] == []
    assert not asked(admin, "eve@example.com", "admin-center")["allowed"]


def test_names_of_another_organization_are_nobodys(service: Any, scim: Any, admin: Admin) -> None:
    service.scim().a_user("theirs@example.com")
    assert asked(admin, "theirs@example.com")["id"] is None


def test_question_costs_few_statements(service: Any, scim: Any, admin: Admin) -> None:
    user = scim.a_user("cy@example.com")["id"]
    groups = [scim.a_group(members=[user])["id"] for _ in range(10)]
    admin.post("/grants", {"instance": "live", "role": "Editor", "group": groups[0]})
    asked(admin, "cy@example.com")
    with service.database.counting() as seen:
        asked(admin, "cy@example.com", "live")
    assert len(seen) <= 4, seen


@pytest.mark.parametrize(
    "body", [{}, {"user": "usr_01920000-0000-7000-8000-000000000000", "everyone": True}, {"everyone": False}]
)
def test_grant_has_one_subject(admin: Admin, body: dict[str, Any]) -> None:
    assert admin.post("/grants", {"instance": "live", "role": "Editor"} | body).status == 422


def test_last_administrator_keeps_the_role(scim: Any, admin: Admin) -> None:
    user = scim.a_user()["id"]
    made = admin.post("/grants", {"instance": "admin-center", "role": "administrator", "user": user}).body
    assert admin.delete(f"/grants/{made['id']}").status == 409
    assert admin.delete("/products/admin-center").status == 409


def test_whoever_may_grant_no_role_fills_no_group_that_has_one(service: Any, scim: Any, admin: Admin) -> None:
    writer = an_admin(service, scim.connected.organization, "write")
    user = f"usr_{scim.a_user('eve@example.com')['id']}"
    outer, inner, plain = (writer.post("/groups", {"attributes": {"displayName": n}}).body["id"] for n in "OIP")
    for group, member in ((outer, inner), (plain, user)):
        assert writer.post(f"/groups/{group}/members", {"add": [member]}).status == 200
    admin.post("/grants", {"instance": "live", "role": "editor", "group": outer})
    for group in (outer, inner):
        assert writer.post(f"/groups/{group}/members", {"add": [user]}).status == 403
        members = {"attributes": {"members": [{"value": user.removeprefix("usr_")}]}}
        assert writer.patch(f"/groups/{group}", members).status == 403
        for path in (f"{GROUP}:members", f"{GROUP}:MEMBERS".upper(), "members[value pr].value"):
            sent = {"attributes": {path: members["attributes"]["members"]}}
            assert writer.patch(f"/groups/{group}", sent).status == 403
        assert writer.patch(f"/groups/{group}", {"attributes": {GROUP: members["attributes"]}}).status == 403
        assert writer.patch(f"/groups/{group}", {"attributes": {"displayName": f"{group} again"}}).status == 200
        assert writer.post(f"/groups/{group}/members", {"add": [plain]}).status == 403
    assert asked(admin, "eve@example.com")["roles"] == []
    assert writer.post(f"/groups/{plain}/members", {"remove": [user]}).status == 200
    assert admin.post(f"/groups/{inner}/members", {"add": [user]}).status == 200
    assert [one["role"] for one in asked(admin, "eve@example.com")["roles"]] == ["Editor"]


def test_whoever_may_grant_no_role_renames_nobody_who_has_one(service: Any, scim: Any, admin: Admin) -> None:
    writer = an_admin(service, scim.connected.organization, "write")
    user = writer.post("/users", {"attributes": {"userName": "eve@example.com"}}).body["id"]
    group = writer.post("/groups", {"attributes": {"displayName": "Editors"}}).body["id"]
    assert writer.post(f"/groups/{group}/members", {"add": [user]}).status == 200
    assert writer.patch(f"/users/{user}", {"attributes": {"userName": "eva@example.com"}}).status == 200
    admin.post("/grants", {"instance": "live", "role": "editor", "group": group})
    name = "mallory@example.com"
    for attributes in ({"userName": name}, {f"{USER}:USERNAME": name}, {USER: {"userName": name}}):
        assert writer.patch(f"/users/{user}", {"attributes": attributes}).status == 403
    assert writer.patch(f"/users/{user}", {"attributes": {"title": "Editor"}}).status == 200
    assert admin.patch(f"/users/{user}", {"attributes": {"userName": name}}).status == 200


def test_whoever_may_grant_no_role_lets_no_connection_decide_who_has_one(service: Any, scim: Any, admin: Admin) -> None:
    organization = scim.connected.organization
    writer, asking = (
        an_admin(service, organization, "write"),
        service.scim(organization=organization, settings={"adopt": "ask"}),
    )
    for name in ("Editors", "Readers"):
        group = writer.post("/groups", {"attributes": {"displayName": name}}).body["id"]
        assert asking.post("/Groups", {"displayName": name}).status == 409
    editors, readers = writer.get("/adoptions").body["data"]
    admin.post("/grants", {"instance": "live", "role": "editor", "group": editors["resource"]})
    seen = {"seen": [editors["seen"], readers["seen"]]}
    tags = [{"If-Match": writer.get(f"/adoptions/{one['id']}").headers["ETag"]} for one in (editors, readers)]
    assert writer.post(f"/adoptions/{editors['id']}/approve", headers=tags[0]).status == 403
    assert writer.post(f"/connections/con_{asking.connected.connection}/adoptions/approve", seen).status == 403
    assert writer.get(f"/groups/{group}").body["connection"] is None
    assert writer.post(f"/adoptions/{readers['id']}/approve", headers=tags[1]).status == 200
    assert admin.post(f"/adoptions/{editors['id']}/approve", headers=tags[0]).status == 200
