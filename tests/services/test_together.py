"""Resources in a circle are made as a whole, however often the transaction has to run."""

from __future__ import annotations

from typing import Any

import pytest

from optiid.clock import new_id
from optiid.scim.errors import ScimError
from optiid.scim.resource_types import GROUP, USER
from optiid.services.actor import Actor, Policy
from optiid.services.together import Part, PartFailedError, create_together
from optiid.storage.resources import Scope
from tests.events import directory_events
from tests.running import ENTERPRISE
from tests.services.test_hazards import Twice


def actor_of(scim: Any, **policy: Any) -> Actor:
    return Actor(Scope(scim.connected.organization, scim.connected.connection), Policy(**policy))


def circle() -> list[Part]:
    """Return two users who manage each other, and the group that both are in and that is in itself."""
    ada, bob, team = new_id(), new_id(), new_id()
    return [
        Part(team, GROUP, {"displayName": "Team", "members": [{"value": one} for one in (ada, bob, team)]}),
        Part(ada, USER, {"userName": "ada", ENTERPRISE: {"manager": {"value": bob}}}),
        Part(bob, USER, {"userName": "bob", ENTERPRISE: {"manager": {"value": ada}}}),
    ]


def test_transaction_that_runs_twice_makes_one_circle(service: Any) -> None:
    scim = service.scim()
    database = Twice(service.database, lambda: scim.a_user("ada", active=False))
    team, ada, bob = (outcome.stored for outcome in create_together(database, actor_of(scim), circle()))  # type: ignore[arg-type]
    assert scim.get("/Users").body["totalResults"] == 2
    assert ada.document[ENTERPRISE]["manager"]["value"] == bob.id
    assert bob.document[ENTERPRISE]["manager"]["value"] == ada.id
    found = scim.get(f"/Groups/{team.id}").body
    assert {member["value"] for member in found["members"]} == {team.id, ada.id, bob.id}
    assert found["meta"]["version"] == f'W/"{team.version}"' == 'W/"2"'


def test_events_are_those_of_single_requests(service: Any) -> None:
    scim = service.scim()
    team, ada, bob = (outcome.stored.id for outcome in create_together(service.database, actor_of(scim), circle()))
    events = directory_events(service.database, scim.connected.organization)
    assert [event["sequence"] for event in events] == list(range(1, len(events) + 1))
    assert [(event["kind"], event["resource"]) for event in events] == [
        ("group.created", team),
        ("group.member_added", team),
        ("user.created", ada),
        ("user.updated", ada),
        ("user.created", bob),
    ]
    assert set(events[1]["payload"]["members"]) == {team, ada, bob}


def test_tombstone_that_gives_way_moves_the_version_of_its_new_group(service: Any) -> None:
    """A group of the circle has a member whose name another one takes: the group is changed in between."""
    scim = service.scim()
    old = scim.a_user("ada", active=False, externalId="1")
    parts = circle()
    parts[0].body["members"].append({"value": old["id"]})
    parts[1].body["externalId"] = "2"
    team, ada, bob = (outcome.stored for outcome in create_together(service.database, actor_of(scim), parts))
    assert ada.id != old["id"]
    found = scim.get(f"/Groups/{team.id}").body
    assert {member["value"] for member in found["members"]} == {team.id, ada.id, bob.id}
    assert found["meta"]["version"] == f'W/"{team.version}"'


@pytest.mark.parametrize(
    ("position", "changed"),
    [
        (0, {"displayName": ""}),
        (1, {"userName": "bob"}),
        (2, {"emails": 5}),
        (0, {"displayName": "Team", "members": [{"value": new_id()}]}),
    ],
)
def test_part_that_fails_is_named_and_nothing_stays(service: Any, position: int, changed: dict[str, Any]) -> None:
    scim = service.scim()
    parts = circle()
    parts[position].body.update(changed)
    with pytest.raises(PartFailedError) as caught:
        create_together(service.database, actor_of(scim), parts)
    assert isinstance(caught.value.__cause__, ScimError)
    assert caught.value.position == (2 if "userName" in changed else position)
    assert scim.get("").body["totalResults"] == 0
    assert directory_events(service.database, scim.connected.organization) == []


@pytest.mark.parametrize("policy", ["skip", "skip_alien", "refuse"])
def test_members_of_the_circle_are_never_passed_over(service: Any, policy: str) -> None:
    scim = service.scim()
    team, *_ = (
        outcome.stored.id
        for outcome in create_together(service.database, actor_of(scim, unknown_members=policy), circle())
    )
    assert len(scim.get(f"/Groups/{team}").body["members"]) == 3
