"""What a plan shows, how it becomes real or is dropped, and what must wait for that."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from optiid import clock
from optiid.errors import ConflictError, InvalidInputError, OptiidError
from optiid.services import (
    adoptions,
    connections,
    directory,
    dry_run,
    hand_made,
    holds,
    moving,
    plan_applying,
    plans,
    purging,
    removing,
    restoring,
    roles,
)
from optiid.services.importing import import_lines
from optiid.services.moving import Chosen
from optiid.services.plans import Item
from optiid.services.roles import Subject
from optiid.storage import journal
from tests.furnished import as_file, exported

ACTIVE = {"op": "replace", "path": "active", "value": True}
INACTIVE = {"op": "replace", "path": "active", "value": False}


def begin(service: Any, scim: Any) -> str:
    return str(dry_run.begin(service.database, scim.connected.connection).id)


def people(service: Any, scim: Any) -> list[str]:
    return [one["userName"] for one in directory.users(service.database, scim.connected.organization)]


def renamed(name: str) -> dict[str, Any]:
    return {"op": "replace", "path": "userName", "value": name}


def test_plan_tells_who_would_be_what(service: Any) -> None:
    scim = service.scim()
    ada, bo, cy, dora, eve = (scim.a_user(f"{name}@example.com")["id"] for name in ("ada", "bo", "cy", "dora", "eve"))
    scim.patch(f"/Users/{eve}", INACTIVE)
    sales, board = scim.a_group("Sales", [ada, bo])["id"], scim.a_group("Board")["id"]
    connection = begin(service, scim)
    assert plans.show(service.database, connection).counts == {}
    fay = scim.a_user("fay@example.com")["id"]
    scim.patch(f"/Users/{ada}", {"op": "replace", "path": "title", "value": "Countess"})
    scim.patch(f"/Users/{cy}", INACTIVE)
    scim.delete(f"/Users/{dora}")
    scim.patch(f"/Users/{eve}", ACTIVE)
    scim.delete(f"/Groups/{board}")
    scim.patch(f"/Groups/{sales}", {"op": "remove", "path": f'members[value eq "{bo}"]'})
    scim.patch(f"/Groups/{sales}", {"op": "add", "path": "members", "value": [{"value": fay}]})
    found = plans.show(service.database, connection)
    assert {item.id: item for item in found.items} == {
        fay: Item("created", "User", fay, "fay@example.com"),
        ada: Item("changed", "User", ada, "ada@example.com", ["title"]),
        cy: Item("deprovisioned", "User", cy, "cy@example.com", ["active", "state"]),
        dora: Item("deleted", "User", dora, "dora@example.com", ["state"]),
        eve: Item("restored", "User", eve, "eve@example.com", ["active", "state"]),
        board: Item("deleted", "Group", board, "Board"),
        sales: Item("unseen", "Group", sales, "Sales"),
    }
    assert [(one.change, one.group, one.member) for one in found.memberships] == [
        ("removed", sales, bo), ("added", sales, fay),
    ]  # fmt: skip
    assert found.counts == {
        "groups deleted": 1, "groups unseen": 1, "users created": 1, "users changed": 1, "users deprovisioned": 1,
        "users deleted": 1, "users restored": 1, "memberships removed": 1, "memberships added": 1,
    }  # fmt: skip
    few = plans.show(service.database, connection, 2)
    assert (len(few.items), len(few.memberships), few.counts) == (2, 2, found.counts)
    assert people(service, scim) == [f"{name}@example.com" for name in ("ada", "bo", "cy", "dora")]


def test_names_of_others_answer_as_if_live(service: Any) -> None:
    scim = service.scim()
    other = service.scim(organization=scim.connected.organization)
    other.a_user("ada@example.com")
    bo = scim.a_user("bo@example.com")["id"]
    begin(service, scim)
    assert scim.post("/Users", {"userName": "ada@example.com"}).status == 409
    assert scim.post("/Users", {"userName": "ada@example.com", "active": False}).status == 409
    assert scim.patch(f"/Users/{bo}", renamed("ADA@example.com")).status == 409
    # What others see is the directory: a name that is only planned is free, one that would be given up is not.
    scim.a_user("cy@example.com")
    scim.patch(f"/Users/{bo}", renamed("bob@example.com"))
    assert other.post("/Users", {"userName": "cy@example.com"}).status == 201
    assert other.post("/Users", {"userName": "bo@example.com"}).status == 409


def test_what_somebody_else_has_by_now_stays_planned(service: Any) -> None:
    scim = service.scim()
    other = service.scim(organization=scim.connected.organization)
    ada, bo = scim.a_user("ada@example.com")["id"], scim.a_user("bo@example.com")["id"]
    connection = begin(service, scim)
    group = scim.a_group("Sales", [ada])["id"]
    cy = scim.a_user("cy@example.com")["id"]
    scim.patch(f"/Groups/{group}", {"op": "add", "path": "members", "value": [{"value": cy}]})
    # One waits for the other: bo gets the name that ada gives up for one that is taken by then.
    scim.patch(f"/Users/{ada}", renamed("dora@example.com"))
    scim.patch(f"/Users/{bo}", renamed("ada@example.com"))
    taken = [other.a_user(name)["id"] for name in ("cy@example.com", "dora@example.com")]
    made = plan_applying.apply(service.database, connection)
    assert made.state == "dry-run"
    reasons = {one.item.id: one.reason for one in made.blocked}
    assert reasons.keys() == {ada, bo, cy}
    assert (taken[0] in reasons[cy], taken[1] in reasons[ada], ada in reasons[bo]) == (True, True, True)
    found = directory.group(service.database, scim.connected.organization, group)
    assert [one["id"] for one in found["members"]] == [ada]
    assert scim.get(f"/Users/{ada}").body["userName"] == "dora@example.com"
    for ident in taken:
        other.delete(f"/Users/{ident}")
    made = plan_applying.apply(service.database, connection)
    assert (made.blocked, made.state, made.resources, made.memberships) == ([], "active", 3, 1)
    assert set(people(service, scim)) == {"dora@example.com", "ada@example.com", "cy@example.com"}
    assert scim.get(f"/Groups/{group}").body["members"][1]["value"] == cy


def test_applied_plan_is_told_like_any_change(service: Any) -> None:
    scim = service.scim()
    ada = scim.a_user("ada@example.com")["id"]
    connection, organization = begin(service, scim), scim.connected.organization
    group = scim.a_group("Sales", [ada])["id"]
    scim.patch(f"/Users/{ada}", INACTIVE)
    scim.patch(f"/Users/{ada}", ACTIVE, {"op": "replace", "path": "title", "value": "Countess"})
    number = len(events(service, organization))
    plan_applying.apply(service.database, connection)
    assert [(one["kind"], one["resource"], one["payload"]) for one in events(service, organization)[number:]] == [
        ("user.updated", ada, {"changed": ["title"]}),
        ("group.created", group, {}),
        ("group.member_added", group, {"members": [ada]}),
        ("connection.activated", connection, {}),
    ]


def events(service: Any, organization: str) -> Any:
    return service.database.reading(lambda: journal.page(service.database, organization, 0, 1000))


def test_nobody_goes_live_without_a_decision(service: Any) -> None:
    scim, database = service.scim(), service.database
    connection = begin(service, scim)
    assert connections.change_state(database, connection, "active").state == "active"
    begin(service, scim)
    scim.a_user("ada@example.com")
    with pytest.raises(ConflictError, match=r"`optiid plan apply --connection \S+` .* `optiid plan discard "):
        connections.change_state(database, connection, "active")
    assert connections.change_state(database, connection, "paused").state == "paused"
    assert scim.get("/Users").status == 503
    with pytest.raises(ConflictError, match="plan apply"):
        connections.change_state(database, connection, "active")
    assert dry_run.begin(database, connection).state == "dry-run"
    assert scim.get("/Users").body["totalResults"] == 1
    assert plans.discard(database, connection).state == "paused"
    with pytest.raises(InvalidInputError, match="paused or active"):
        plans.discard(database, connection, "dry-run")
    for act in (plans.show, plans.discard, plan_applying.apply):
        with pytest.raises(ConflictError, match="is paused and has no plan"):
            act(database, connection)


def test_administrators_decide_on_the_plan_first(service: Any) -> None:
    scim = service.scim(settings={"adopt": "ask", "brake_users": 0, "brake_percent": 0})
    database, organization = service.database, scim.connected.organization
    target = service.connect(organization=organization).connection
    scim.delete(f"/Users/{scim.a_user('ada@example.com')['id']}")
    bo = hand_made.create(database, organization, "User", {"userName": "bo@example.com"}).stored.id
    connection = begin(service, scim)
    assert scim.post("/Users", {"userName": "bo@example.com"}).status == 409
    shown = plans.show(database, connection)
    assert ([one["resource"] for one in shown.linked], shown.counts) == ([bo], {"linked": 1})
    hold = holds.list_some(database, organization)[0].id
    adoption = adoptions.list_all(database, organization)[0]
    registry = service.service.profiles.registry
    route = moving.route_between(database, connection, target)
    for act in (
        lambda: holds.reject(database, organization, hold),
        lambda: holds.release(database, registry, organization, hold),
        lambda: adoptions.approve(database, adoption.id, [adoption.seen]),
        lambda: moving.move(database, route, Chosen(everything=True)),
        lambda: removing.remove(database, connection, "keep"),
    ):
        with pytest.raises(ConflictError, match=r"in dry.run"):
            act()
    plans.discard(database, connection, "active")
    assert holds.release(database, registry, organization, hold).state == "released"
    connection = begin(service, scim)
    with pytest.raises(ConflictError, match="in dry run"):
        restoring.restore(database, organization, "ada@example.com")


def test_last_administrator_stays_planned(service: Any) -> None:
    scim, database = service.scim(), service.database
    organization = scim.connected.organization
    ada, bo = scim.a_user("ada@example.com")["id"], scim.a_user("bo@example.com")["id"]
    for ident in (ada, bo):
        grant(database, organization, ident)
    connection = begin(service, scim)
    for ident in (ada, bo):
        assert scim.delete(f"/Users/{ident}").status == 204
    made = plan_applying.apply(database, connection)
    assert {(one.item.id, one.reason[:25]) for one in made.blocked} == {
        (ada, "is the last administrator"), (bo, "is the last administrator"),
    }  # fmt: skip
    assert len(people(service, scim)) == 2
    cy = hand_made.create(database, organization, "User", {"userName": "cy@example.com"}).stored.id
    grant(database, organization, cy)
    assert plan_applying.apply(database, connection).state == "active"
    assert people(service, scim) == ["cy@example.com"]


def grant(database: Any, organization: str, user: str) -> None:
    """Make somebody an administrator."""
    roles.grant(database, organization, "admin-center", "administrator", Subject("user", user))


def test_purged_people_are_gone_from_plans(service: Any) -> None:
    scim, database = service.scim(), service.database
    organization = scim.connected.organization
    ada = scim.a_user("ada@example.com", title="Countess")["id"]
    scim.patch(f"/Users/{ada}", INACTIVE)
    begin(service, scim)
    purging.purge(database, organization, ada)
    assert scim.get(f"/Users/{ada}").status == 404


def test_rows_of_an_ended_plan_go_later(service: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    scim, database = service.scim(), service.database
    connection, organization = begin(service, scim), scim.connected.organization
    scim.a_user("ada@example.com")
    plans.discard(database, connection)
    assert plans.drop_ended(database, organization) == 0
    later = clock.now() + timedelta(hours=1)
    monkeypatch.setattr(plans, "now", lambda: later)
    assert (plans.drop_ended(database, organization), plans.drop_ended(database, organization)) == (1, 0)


def test_import_waits_for_the_decision(service: Any) -> None:
    scim, database = service.scim(), service.database
    scim.a_user("ada@example.com")
    lines = exported(database, scim.connected.organization)
    connection = begin(service, scim)
    scim.a_user("bo@example.com")
    for line in lines:
        if line["kind"] == "user":
            line["document"]["title"] = "Countess"
    with pytest.raises(OptiidError, match="in dry run"):
        import_lines(database, as_file(lines))
    plans.discard(database, connection, "active")
    assert import_lines(database, as_file(lines)).changed == 1


def test_dry_run_without_a_plan_is_answered_503(service: Any) -> None:
    scim = service.scim()
    for state, plan in (("dry-run", ""), ("active", scim.connected.organization)):
        change = "UPDATE connection SET state = ?, plan = ? WHERE organization = ? AND id = ?"
        owner = (scim.connected.organization, scim.connected.connection)
        service.database.transaction(lambda: service.database.execute(change, (state, plan, *owner)))  # noqa: B023
        reply = scim.get("/Users")
        assert (reply.status, "its dry run is not whole" in reply.body["detail"]) == (503, True)
