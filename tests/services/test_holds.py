"""An administrator releases or rejects what is held; the last administrator is never removed without one."""

from __future__ import annotations

from typing import Any

import pytest

from optiid.errors import ConflictError, NotFoundError
from optiid.services import (
    hand_made,
    holds,
    moving,
    organization_rules,
    restoring,
)
from tests.services.holding import INACTIVE, Company


@pytest.fixture
def company(service: Any) -> Company:
    return Company(service)


@pytest.mark.parametrize(
    ("policy", "how", "state", "answer"),
    [
        ("delete", "deactivate", None, 200),
        ("delete", "delete", None, 404),
        ("erase", "deactivate", None, 404),
        ("erase", "delete", None, 404),
        ("suspend", "deactivate", "suspended", 200),
        ("suspend", "delete", None, 404),
    ],
)
def test_released_removal_happens_now(service: Any, policy: str, how: str, state: str | None, answer: int) -> None:
    company = Company(service, inactive=policy)
    user, hold = company.held(how)
    group = company.scim.a_group()
    member = {"op": "add", "path": "members", "value": [{"value": user}]}
    assert company.scim.patch(f"/Groups/{group['id']}", member).status == (200 if answer == 200 else 400)
    made = company.release(hold)
    assert (made.state, made.settled_by, made.id) == ("released", "command-line", hold)
    assert company.states().get(user) == state
    assert company.scim.get(f"/Users/{user}").status == answer
    assert company.kinds()[-2:] == ["hold.released", "user.suspended" if state else "user.deleted"]
    assert company.acts()[-1] == ("hold.released", user, "command-line")
    if policy != "erase" and answer == 404:
        assert restoring.restore(company.database, company.organization, user).id == user
    with pytest.raises(ConflictError, match="was released already"):
        company.release(hold)


@pytest.mark.parametrize("policy", ["delete", "erase", "suspend"])
@pytest.mark.parametrize("how", ["deactivate", "delete", "both"])
def test_rejected_removal_leaves_both_planes_as_they_were(service: Any, policy: str, how: str) -> None:
    company = Company(service, inactive=policy)
    user = company.scim.a_user("ada@example.com")["id"]
    group = company.scim.a_group(members=[user])
    hold = company.remove(user, "delete" if how == "delete" else "deactivate")
    if how == "both":
        company.scim.delete(f"/Users/{user}")
    made = company.reject(hold)
    assert (made.state, company.open()) == ("rejected", [])
    reply = company.scim.get(f"/Users/{user}")
    assert (reply.status, reply.body["active"], reply.body["groups"][0]["value"]) == (200, True, group["id"])
    assert company.scim.find("/Users", 'userName eq "ada@example.com" and active eq true').body["totalResults"] == 1
    assert company.scim.post("/Users", {"userName": "ada@example.com"}).status == 409
    assert company.states() == {user: "living"}
    assert company.kinds()[-2:] == ["hold.placed", "hold.rejected"]
    assert company.acts()[-1][:2] == ("hold.rejected", user)
    # It can be asked for again, and is held again.
    assert company.remove(user) != hold


def test_policy_of_today_decides(company: Company) -> None:
    user, hold = company.held()
    company.configure(inactive="suspend")
    company.release(hold)
    assert company.states() == {user: "suspended"}
    other, hold = company.held()
    organization_rules.change(company.database, company.organization, {"inactive": "erase"})
    company.release(hold)
    assert company.scim.get(f"/Users/{other}").status == 404
    with pytest.raises(NotFoundError):
        restoring.restore(company.database, company.organization, other)


def test_suspended_user_whose_deletion_is_rejected_stays_suspended(service: Any) -> None:
    company = Company(service, inactive="suspend", brake=False)
    user = company.scim.a_user()["id"]
    company.scim.patch(f"/Users/{user}", INACTIVE)
    company.configure(brake=True)
    hold = company.remove(user, "delete")
    assert company.scim.get(f"/Users/{user}").status == 404
    company.reject(hold)
    assert company.scim.get(f"/Users/{user}").body["active"] is False
    assert company.states() == {user: "suspended"}


def test_many_are_settled_each_by_itself(company: Company) -> None:
    held = [company.held() for _ in range(3)]
    company.make_administrator(held[1][0])
    made = holds.each(
        holds.open_of(company.database, company.organization, company.connection),
        lambda one: company.release(one.id),
    )
    assert [one.resource for one in made.done] == [held[0][0], held[2][0]]
    assert [(one.id, "last administrator" in reason) for one, reason in made.refused] == [(held[1][1], True)]
    assert company.states() == {held[1][0]: "living"}


def test_nobody_elses_holds(company: Company, service: Any) -> None:
    other = Company(service)
    _, hold = other.held()
    for act in (company.release, company.reject):
        with pytest.raises(NotFoundError):
            act(hold)
    assert holds.waiting(company.database, company.organization) == []
    assert [one.number for one in holds.waiting(other.database, other.organization)] == [1]


@pytest.mark.parametrize("how", ["PATCH", "PUT", "DELETE", "Bulk"])
@pytest.mark.parametrize("policy", ["delete", "erase", "suspend"])
def test_last_administrator_is_held_even_without_a_brake(service: Any, how: str, policy: str) -> None:
    company = Company(service, inactive=policy, brake=False)
    scim, admins = company.scim, [company.scim.a_user(f"admin{number}")["id"] for number in range(2)]
    company.make_administrator(scim.a_group(members=admins)["id"])
    if how == "Bulk":
        removals = [{"method": "DELETE", "path": f"/Users/{ident}"} for ident in admins]
        body = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": removals}
        assert {one["status"] for one in scim.post("/Bulk", body).body["Operations"]} == {"204"}
    for number, ident in enumerate(admins if how != "Bulk" else []):
        path = f"/Users/{ident}"
        if how == "DELETE":
            assert scim.delete(path).status == 204
        else:
            put = {"userName": f"admin{number}", "active": False}
            reply = scim.patch(path, INACTIVE) if how == "PATCH" else scim.put(path, put)
            assert reply.body["active"] is False
    assert company.states()[admins[1]] == "living"
    assert [(one.resource, one.why) for one in company.open()] == [(admins[1], "last_administrator")]
    with pytest.raises(ConflictError, match="still is the last administrator"):
        company.release(company.open()[0].id)
    company.make_administrator(scim.a_user()["id"])
    company.release(company.open()[0].id)
    assert company.states().get(admins[1]) == ("suspended" if policy == "suspend" and how in ("PATCH", "PUT") else None)


@pytest.mark.parametrize("how", ["deactivate", "delete"])
def test_last_administrator_gives_no_way_to_a_namesake(company: Company, how: str) -> None:
    admin = company.scim.a_user("boss@example.com", externalId="1")["id"]
    company.make_administrator(admin)
    hold = company.remove(admin, how)
    reply = company.scim.post("/Users", {"userName": "boss@example.com", "externalId": "2"})
    assert (reply.status, "last administrator" in reply.body["detail"]) == (409, True)
    other = company.scim.a_user()["id"]
    rename = {"op": "replace", "path": "userName", "value": "boss@example.com"}
    assert company.scim.patch(f"/Users/{other}", rename).status == 409
    assert company.states()[admin] == "living"
    company.reject(hold)
    assert company.scim.get(f"/Users/{admin}").body["active"] is True


def test_last_administrator_made_by_hand_is_told_instead(company: Company) -> None:
    made = hand_made.create(company.database, company.organization, "User", {"userName": "hand@example.com"})
    company.make_administrator(made.stored.id)
    with pytest.raises(ConflictError, match="is the last administrator"):
        hand_made.remove(company.database, company.organization, made.stored.id)
    with pytest.raises(ConflictError, match="is the last administrator"):
        hand_made.change(company.database, company.organization, made.stored.id, {"active": False})
    assert company.states() == {made.stored.id: "living"}


def test_holds_follow_users_to_another_connection(company: Company) -> None:
    other = company.service.as_(company.service.connect(organization=company.organization))
    user, hold = company.held("delete")
    _, rejected = company.held()
    route = moving.route_between(company.database, company.connection, other.connected.connection)
    moving.move(company.database, route, moving.Chosen(everything=True))
    assert {one.connection for one in company.open()} == {other.connected.connection}
    company.release(hold)
    company.reject(rejected)
    assert (user in company.states(), other.get("/Users").body["totalResults"]) == (False, 1)


def test_holds_wait_for_the_end_of_a_dry_run(company: Company) -> None:
    _, hold = company.held()
    change = "UPDATE connection SET plan = ? WHERE organization = ? AND id = ?"

    def plan(ident: str) -> None:
        parameters = (ident, company.organization, company.connection)
        company.database.transaction(lambda: company.database.execute(change, parameters))

    plan(company.organization)
    for act in (company.release, company.reject):
        with pytest.raises(ConflictError, match="is in dry run"):
            act(hold)
    plan("")
    company.reject(hold)
