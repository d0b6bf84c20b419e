"""Dry run over HTTP: the plan is shown, applied or discarded, and belongs to nobody else's lists."""

from __future__ import annotations

from typing import Any

import pytest

from tests.administering import Admin, an_admin


@pytest.fixture
def scim(service: Any) -> Any:
    return service.scim()


@pytest.fixture
def admin(service: Any, scim: Any) -> Admin:
    admin = an_admin(service, scim.connected.organization)
    assert admin.post(f"/connections/con_{scim.connected.connection}/dry-run").body["state"] == "dry-run"
    return admin


def test_plan_is_shown_and_applied(scim: Any, admin: Admin) -> None:
    path = f"/connections/con_{scim.connected.connection}"
    user = scim.a_user("ada@example.com")
    group = scim.a_group("Crew", members=[user["id"]])
    assert admin.get("/users").body["data"] == []
    plan = admin.get(f"{path}/plan").body
    assert plan["counts"] == {"users created": 1, "groups created": 1, "memberships added": 1}
    assert {one["id"] for one in plan["items"]} == {f"usr_{user['id']}", f"grp_{group['id']}"}
    assert plan["memberships"] == [{"change": "added", "group": f"grp_{group['id']}", "member": user["id"]}]
    assert admin.get(f"{path}/plan?limit=0").body["items"] == []
    applied = admin.post(f"{path}/plan/apply").body
    assert (applied["state"], applied["resources"], applied["blocked"]) == ("active", 2, [])
    assert [one["id"] for one in admin.get("/users").body["data"]] == [f"usr_{user['id']}"]
    assert admin.get(f"{path}/plan").status == 409


def test_plan_is_discarded(scim: Any, admin: Admin) -> None:
    path = f"/connections/con_{scim.connected.connection}"
    user = scim.a_user("ada@example.com")
    assert admin.delete(f"{path}/plan?then=active").body["state"] == "active"
    assert scim.get(f"/Users/{user['id']}").status == 404
    assert admin.delete(f"{path}/plan").status == 409


def test_plans_are_no_organizations(service: Any, admin: Admin) -> None:
    everywhere, after, found = an_admin(service, "", "read"), "", []
    while after is not None:
        body = everywhere.get("/organizations?limit=200" + (f"&after={after}" if after else "")).body
        found += [one["id"] for one in body["data"]]
        after = body["next"]
    hidden = [
        row[0]
        for row in service.database.reading(
            lambda: service.database.rows("SELECT id FROM organization WHERE plan_of IS NOT NULL")
        )
    ]
    assert hidden
    assert not {f"org_{ident}" for ident in hidden} & set(found)
    assert everywhere.get(f"/organizations/org_{hidden[0]}").status == 404
    assert everywhere.get(f"/users?organization=org_{hidden[0]}").status == 404
