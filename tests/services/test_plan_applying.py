"""Plans become real with teams, access, unique values and names, in slices, and to the end even after a crash."""

from __future__ import annotations

from typing import Any

import pytest

from optiid.errors import ConflictError
from optiid.services import (
    access,
    auditing,
    directory,
    dry_run,
    organization_rules,
    plan_applying,
    plan_slices,
    plans,
    products,
    roles,
)
from optiid.services.roles import Subject
from tests.badges import URN, with_badge

INACTIVE = {"op": "replace", "path": "active", "value": False}


def begin(service: Any, scim: Any) -> str:
    return str(dry_run.begin(service.database, scim.connected.connection).id)


def title(value: str) -> dict[str, Any]:
    return {"op": "replace", "path": "title", "value": value}


def renamed(name: str) -> dict[str, Any]:
    return {"op": "replace", "path": "userName", "value": name}


def test_access_stays_until_the_plan_is_applied(service: Any) -> None:
    scim, database = service.scim(), service.database
    organization = scim.connected.organization
    products.create(database, organization, "cms")
    products.create_instance(database, organization, "cms", "cms-1")
    products.add_role(database, organization, "cms", "editor")
    ada, bo = scim.a_user("ada@example.com")["id"], scim.a_user("bo@example.com")["id"]
    sales = scim.a_group("Sales", [ada])["id"]
    roles.grant(database, organization, "cms-1", "editor", Subject("group", sales))

    def held(user: str) -> tuple[bool, list[str]]:
        found = access.access_of(database, organization, user)
        return found.allowed, [one.role for one in found.roles]

    connection = begin(service, scim)
    scim.patch(f"/Groups/{sales}", {"op": "replace", "path": "members", "value": [{"value": bo}]})
    team = scim.a_group("Writers::cms-1", [bo])
    assert scim.post("/Groups", {"displayName": "Writers::nowhere"}).status == 404
    scim.patch(f"/Users/{ada}", INACTIVE)
    assert (held(ada), held(bo)) == ((True, ["editor"]), (True, []))
    assert scim.find("/Groups", 'displayName eq "Writers"').body["Resources"][0]["id"] == team["id"]
    plan_applying.apply(database, connection)
    assert held(bo) == (True, ["editor"])
    assert [one.team for one in access.access_of(database, organization, bo).groups if one.id == team["id"]] == [
        "cms-1"
    ]
    assert ada not in {one["id"] for one in directory.users(database, organization)}
    scim.patch(f"/Groups/{team['id']}", {"op": "replace", "path": "displayName", "value": "Authors"})
    assert scim.get(f"/Groups/{team['id']}").body["displayName"] == "Authors::cms-1"


def test_group_that_is_deleted_loses_its_roles_with_the_plan(service: Any) -> None:
    scim, database = service.scim(), service.database
    organization = scim.connected.organization
    products.create(database, organization, "cms")
    products.create_instance(database, organization, "cms", "cms-1")
    products.add_role(database, organization, "cms", "editor")
    sales = scim.a_group("Sales")["id"]
    roles.grant(database, organization, "cms-1", "editor", Subject("group", sales))
    connection = begin(service, scim)
    scim.delete(f"/Groups/{sales}")
    again = scim.a_group("Sales")["id"]
    assert len(roles.list_all(database, organization)) == 1
    plan_applying.apply(database, connection)
    assert roles.list_all(database, organization) == []
    assert [one["id"] for one in directory.groups(database, organization)] == [again]


def test_unique_values_change_hands_and_are_those_of_others_too(service: Any) -> None:
    scim, database = with_badge(service), service.database
    other = service.scim(organization=scim.connected.organization)
    ada, bo = (scim.a_user(f"{name}@example.com", **{URN: {"number": name}})["id"] for name in ("ada", "bo"))
    other.a_user("cy@example.com", **{URN: {"number": "cy"}})
    connection = begin(service, scim)
    assert scim.post("/Users", {"userName": "dora", URN: {"number": "cy"}}).status == 409
    for ident, number in ((ada, "spare"), (bo, "ada"), (ada, "bo")):
        assert scim.patch(f"/Users/{ident}", {"op": "replace", "path": f"{URN}:number", "value": number}).status == 200
    assert plan_applying.apply(database, connection).state == "active"
    assert scim.get(f"/Users/{ada}").body[URN]["number"] == "bo"
    assert other.post("/Users", {"userName": "eve", URN: {"number": "ada"}}).status == 409
    assert other.post("/Users", {"userName": "eve", URN: {"number": "spare"}}).status == 201


def test_names_of_the_whole_installation_are_met_and_taken(service: Any) -> None:
    scim, stranger, database = service.scim(), service.scim(), service.database
    names = [f"{name}-{scim.connected.organization}@example.com" for name in ("ada", "bo", "cy", "dora")]
    for organization in (scim.connected.organization, stranger.connected.organization):
        organization_rules.change(database, organization, {"unique_names": "installation"})
    ada = scim.a_user(names[0])["id"]
    stranger.a_user(names[1])
    connection = begin(service, scim)
    assert scim.post("/Users", {"userName": names[1]}).status == 409
    scim.patch(f"/Users/{ada}", renamed(names[2]))
    cy = scim.a_user(names[0])["id"]
    assert stranger.post("/Users", {"userName": names[0]}).status == 409
    taken = stranger.a_user(names[2])["id"]
    made = plan_applying.apply(database, connection)
    assert {one.item.id for one in made.blocked} == {ada, cy}
    stranger.delete(f"/Users/{taken}")
    assert plan_applying.apply(database, connection).blocked == []
    assert [stranger.post("/Users", {"userName": name}).status for name in names] == [409, 409, 409, 201]


def test_apply_that_was_cut_off_goes_on(service: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    scim, database = service.scim(), service.database
    monkeypatch.setattr(plans, "SLICE", 2)
    people = [scim.a_user()["id"] for _ in range(3)]
    connection = begin(service, scim)
    group = scim.a_group("Sales", [*people, *(scim.a_user()["id"] for _ in range(5))])["id"]

    def stop(number: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        plan_applying.apply(database, connection, stop)
    assert scim.post("/Users", {"userName": "late@example.com"}).status == 503
    assert len(scim.get(f"/Groups/{group}").body["members"]) == 8
    with pytest.raises(ConflictError, match="is being applied"):
        dry_run.begin(database, connection)
    told: list[int] = []
    made = plan_applying.apply(database, connection, told.append)
    assert (made.state, made.resources, told) == ("active", 4, [2, 4])
    assert len(directory.group(database, scim.connected.organization, group)["members"]) == 8
    assert scim.post("/Users", {"userName": "late@example.com"}).status == 201


def test_slice_that_fails_leaves_no_half(service: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    scim, database = service.scim(), service.database
    ada = scim.a_user("ada@example.com")["id"]
    connection = begin(service, scim)
    scim.patch(f"/Users/{ada}", title("Countess"))
    scim.a_user("bo@example.com")

    def fail(*_: Any) -> None:
        raise RuntimeError("cut off")

    with monkeypatch.context() as patched:
        patched.setattr(plan_slices, "_write_holds", fail)
        with pytest.raises(RuntimeError):
            plan_applying.apply(database, connection)
    found = directory.users(database, scim.connected.organization)
    assert [(one["userName"], one["updated_at"]) for one in found] == [("ada@example.com", found[0]["created_at"])]
    assert plan_applying.apply(database, connection).resources == 2


def test_audit_trail_tells_of_the_decision_and_of_each_change(service: Any) -> None:
    scim, database = service.scim(), service.database
    organization, connection = scim.connected.organization, begin(service, scim)
    ada = scim.a_user("ada@example.com")["id"]
    plan_applying.apply(database, connection)
    found = auditing.entries(database, organization, None, 10)
    assert [(one["action"], one["target"]) for one in found][-3:] == [
        ("connection.dry_run", connection), ("user.created", ada), ("plan.applied", connection),
    ]  # fmt: skip


def test_members_of_the_last_administrators_group_stay(service: Any) -> None:
    scim, database = service.scim(), service.database
    organization = scim.connected.organization
    ada, bo, cy = (scim.a_user()["id"] for _ in range(3))
    admins, others = scim.a_group(members=[ada])["id"], scim.a_group(members=[ada])["id"]
    roles.grant(database, organization, "admin-center", "administrator", Subject("group", admins))
    connection = begin(service, scim)
    for group in (admins, others):
        scim.patch(f"/Groups/{group}", {"op": "remove", "path": f'members[value eq "{ada}"]'})
    made = plan_applying.apply(database, connection)
    assert ([one.item.id for one in made.blocked], made.memberships, made.state) == ([admins], 1, "dry-run")
    assert access.access_of(database, organization, ada).roles
    scim.patch(f"/Groups/{admins}", {"op": "add", "path": "members", "value": [{"value": bo}, {"value": cy}]})
    made = plan_applying.apply(database, connection)
    assert (made.blocked, made.memberships, made.state) == ([], 3, "active")
    assert [bool(access.access_of(database, organization, one).roles) for one in (ada, bo, cy)] == [False, True, True]
