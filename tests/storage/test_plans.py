"""A plan holds what its connection has on the SCIM plane, is hidden, and ends without a trace."""

from __future__ import annotations

from typing import Any

import pytest

from optiid.errors import NotFoundError
from optiid.scim.resource_types import USER
from optiid.services import dry_run, organizations
from optiid.storage import plans, resources, tenants
from optiid.storage.resources import Scope


@pytest.fixture
def scim(service: Any) -> Any:
    """A connection in dry run, with two users, one of whom is deleted, and a group."""
    made = service.scim()
    group = made.a_group("Sales", [made.a_user("ada@example.com")["id"]])
    made.delete(f"/Users/{made.a_user('bo@example.com')['id']}")
    dry_run.begin(service.database, made.connected.connection)
    assert made.get(f"/Groups/{group['id']}").body["members"]
    return made


def plan_of(service: Any, scim: Any) -> Any:
    database, connected = service.database, scim.connected

    def look() -> Any:
        ident = plans.id_of(database, connected.organization, connected.connection)
        return plans.find(database, connected.organization, ident)

    return database.reading(look)


def names(service: Any, organization: str) -> list[str]:
    sql = "SELECT display FROM resource WHERE organization = ? ORDER BY display"
    return [row[0] for row in service.database.reading(lambda: service.database.rows(sql, (organization,)))]


def test_plan_has_what_the_identity_provider_can_see(service: Any, scim: Any) -> None:
    plan = plan_of(service, scim)
    assert (plan.organization, plan.connection, plan.stage) == (
        scim.connected.organization, scim.connected.connection, "open",
    )  # fmt: skip
    assert names(service, plan.id) == ["Sales", "ada@example.com"]
    assert names(service, plan.organization) == ["Sales", "ada@example.com", "bo@example.com"]


def test_organization_of_a_plan_is_hidden(service: Any, scim: Any) -> None:
    database, plan = service.database, plan_of(service, scim)
    assert plan.id not in {one.id for one in organizations.list_all(database)}
    assert database.reading(lambda: tenants.find_organization(database, plan.id, plan.id)) is None
    found = database.reading(lambda: tenants.connections(database, None))
    assert plan.id not in {one["organization"] for one in found}
    known = database.reading(lambda: tenants.find_connection(database, plan.connection))
    assert known is not None
    assert known["organization"] == plan.organization


def test_closed_plan_is_not_written_into(service: Any, scim: Any) -> None:
    database, plan = service.database, plan_of(service, scim)
    database.transaction(lambda: plans.move(database, plan, "applying"))
    reply = scim.post("/Users", {"userName": "cy@example.com"})
    assert (reply.status, scim.get("/Users").body["totalResults"]) == (503, 1)
    database.transaction(lambda: plans.move(database, plan, "open"))
    assert scim.post("/Users", {"userName": "cy@example.com"}).status == 201


def test_ended_plan_goes_in_slices(service: Any, scim: Any) -> None:
    database, plan = service.database, plan_of(service, scim)

    def run(work: Any, *arguments: Any) -> Any:
        return database.transaction(lambda: work(database, *arguments))

    run(plans.move, plan, "ended")
    home = plan.organization
    assert (run(plans.ended, home, "2000-01-01"), [one.id for one in run(plans.ended, home, "2999-01-01")]) == (
        [], [plan.id],
    )  # fmt: skip
    assert [run(plans.drop_some, plan, 1) for _ in range(3)] == [1, 1, 0]
    assert (names(service, plan.id), run(plans.find, home, plan.id)) == ([], None)


def test_purged_people_are_in_no_plan(service: Any, scim: Any) -> None:
    database, plan = service.database, plan_of(service, scim)
    ada = scim.get("/Users").body["Resources"][0]["id"]
    database.transaction(lambda: plans.forget(database, plan.organization, [ada]))
    assert names(service, plan.id) == ["Sales"]
    found = database.reading(lambda: resources.fetch(database, Scope(plan.id, plan.connection), USER, ada))
    assert found is None


def test_connection_that_is_gone_cannot_be_held(service: Any) -> None:
    database, organization = service.database, service.connect().organization
    with pytest.raises(NotFoundError, match="There is no connection 'nobody'"):
        database.transaction(lambda: plans.hold(database, organization, "nobody"))
    assert not database.transaction(lambda: plans.keep(database, organization, "nobody"))
