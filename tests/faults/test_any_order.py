"""An identity provider sends anything, in any order, twice: a model of the directory and the real door agree (R7, R20).

Each step is a request sent once or twice, as after an answer that was lost. What the door says is held against a model,
and at the end all that is stored against the requests: no change without its event and its audit entry, no event
without its change.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from optiid.services import auditing, counting, directory
from optiid.storage import list_counts
from tests.events import directory_events

if TYPE_CHECKING:
    from tests.running import InProcess, Reply, Scim

NAMES = ("ada@example.com", "Ada@Example.com", "bob@example.com", "eve@example.com")
TITLES = ("Engineer", "Boss", None)
PLACES = st.integers(0, 30)
TIMES = st.sampled_from([1, 1, 2])


@dataclass
class Person:
    """What is known of one user id."""

    name: str
    title: str | None = None
    active: bool = True
    deleted: bool = False


@dataclass
class Crew:
    """What is known of one group id."""

    members: set[str] = field(default_factory=set)


class AnyOrder(RuleBasedStateMachine):
    """The requests of an identity provider, and what they should come to."""

    service: ClassVar[InProcess]

    def __init__(self) -> None:
        super().__init__()
        self.scim: Scim = self.service.scim(settings={"brake": False})
        self.people: dict[str, Person] = {}
        self.crews: dict[str, Crew] = {}

    def _sent(self, times: int, *arguments: Any, **more: Any) -> list[Reply]:
        replies = [self.scim.request(*arguments, **more) for _ in range(times)]
        assert all(reply.status < 500 for reply in replies), [reply.body for reply in replies]
        return replies

    def _person(self, place: int) -> str | None:
        return list(self.people)[place % len(self.people)] if self.people else None

    def _crew(self, place: int) -> str | None:
        return list(self.crews)[place % len(self.crews)] if self.crews else None

    def _holder(self, name: str) -> str | None:
        """Return who has a name now on the SCIM plane."""
        alike = (ident for ident, one in self.people.items() if one.name.lower() == name.lower() and not one.deleted)
        return next(alike, None)

    @rule(name=st.sampled_from(NAMES), title=st.sampled_from(TITLES), times=TIMES)
    def create(self, name: str, title: str | None, times: int) -> None:
        body = {"userName": name} | ({"title": title} if title else {})
        for reply in self._sent(times, "POST", "/Users", body):
            holder = self._holder(name)
            if holder is not None and self.people[holder].active:
                assert (reply.status, reply.body["scimType"]) == (409, "uniqueness")
                continue
            assert reply.status == 201
            if holder is not None:
                assert reply.body["id"] == holder
            self.people[reply.body["id"]] = Person(name, title)

    @rule(place=PLACES, title=st.sampled_from(TITLES), times=TIMES)
    def change_title(self, place: int, title: str | None, times: int) -> None:
        if (ident := self._person(place)) is None:
            return
        operation = {"op": "replace", "path": "title", "value": title} if title else {"op": "remove", "path": "title"}
        for reply in self._sent(times, "PATCH", f"/Users/{ident}", {"Operations": [operation]}):
            assert reply.status == (404 if self.people[ident].deleted else 200)
        if not self.people[ident].deleted:
            self.people[ident].title = title

    @rule(place=PLACES, active=st.booleans(), times=TIMES)
    def change_active(self, place: int, active: bool, times: int) -> None:
        if (ident := self._person(place)) is None:
            return
        operation = {"op": "replace", "path": "active", "value": active}
        for reply in self._sent(times, "PATCH", f"/Users/{ident}", {"Operations": [operation]}):
            assert reply.status == (404 if self.people[ident].deleted else 200)
        if not self.people[ident].deleted:
            self.people[ident].active = active

    @rule(place=PLACES, name=st.sampled_from(NAMES), times=TIMES)
    def rename(self, place: int, name: str, times: int) -> None:
        if (ident := self._person(place)) is None:
            return
        person, holder = self.people[ident], self._holder(name)
        taken = holder not in (None, ident)
        for reply in self._sent(times, "PUT", f"/Users/{ident}", {"userName": name, "active": person.active}):
            assert reply.status == (404 if person.deleted else 409 if taken else 200), reply.body
        if not person.deleted and not taken:
            person.name, person.title = name, None

    @rule(place=PLACES, times=TIMES)
    def delete(self, place: int, times: int) -> None:
        if (ident := self._person(place)) is None:
            return
        for reply in self._sent(times, "DELETE", f"/Users/{ident}"):
            assert reply.status == (404 if self.people[ident].deleted else 204)
            self.people[ident].deleted = True

    @rule(members=st.lists(PLACES, max_size=3))
    def create_group(self, members: list[int]) -> None:
        if len(self.crews) < 3:
            chosen = {ident for place in members if (ident := self._person(place)) and not self.people[ident].deleted}
            group = self.scim.a_group(members=sorted(chosen))
            self.crews[group["id"]] = Crew(chosen)

    @rule(place=PLACES, member=PLACES, op=st.sampled_from(["add", "add", "remove"]), times=TIMES)
    def change_member(self, place: int, member: int, op: str, times: int) -> None:
        group, ident = self._crew(place), self._person(member)
        if group is None or ident is None or (self.people[ident].deleted and op == "add"):
            return
        operation: dict[str, Any] = {"op": op, "path": f'members[value eq "{ident}"]'}
        if op == "add":
            operation = {"op": op, "path": "members", "value": [{"value": ident}]}
        for reply in self._sent(times, "PATCH", f"/Groups/{group}", {"Operations": [operation]}):
            assert reply.status in (200, 204), reply.body
        members = self.crews[group].members
        (members.add if op == "add" else members.discard)(ident)

    @rule(place=PLACES)
    def delete_group(self, place: int) -> None:
        if (group := self._crew(place)) is not None:
            assert [reply.status for reply in self._sent(2, "DELETE", f"/Groups/{group}")] == [204, 404]
            del self.crews[group]

    @invariant()
    def lists_are_told_to_have_what_they_have(self) -> None:
        database, organization = self.service.database, self.scim.connected.organization
        assert counting.faults(database, organization) == []
        known = database.reading(lambda: list_counts.known(database, organization))
        users, groups = len([one for one in self.people.values() if not one.deleted]), len(self.crews)
        connection = self.scim.connected.connection
        assert {key: listed.number for key, listed in (known or {}).items()} == {
            key: number for key, number in ((f"{connection} User", users), (f"{connection} Group", groups)) if number
        }

    @invariant()
    def no_name_is_held_twice(self) -> None:
        names = [one.name.lower() for one in self.people.values() if not one.deleted]
        assert len(names) == len(set(names))

    def teardown(self) -> None:
        """Compare all that is stored with the model, and the trail with the events."""
        organization, database = self.scim.connected.organization, self.service.database
        shown = {one["id"]: one for one in self.scim.get("/Users?count=200").body["Resources"]}
        known = {ident: one for ident, one in self.people.items() if not one.deleted}
        assert {ident: (one["userName"], one.get("title"), one["active"]) for ident, one in shown.items()} == {
            ident: (one.name, one.title, one.active) for ident, one in known.items()
        }
        living = {one["id"] for one in directory.users(database, organization) if one["state"] == "living"}
        assert living == {ident for ident, one in known.items() if one.active}
        for ident, crew in self.crews.items():
            found = {member["value"] for member in self.scim.get(f"/Groups/{ident}").body.get("members", ())}
            assert found == crew.members & known.keys(), (found, crew.members, known)
        check_told(self.service, organization)


def check_told(service: InProcess, organization: str) -> None:
    """Check that each change has its audit entry, each event its change, and the events lead to who is there."""
    directory_events(service.database, organization)
    assert auditing.verify(service.database, organization).faults == []
    kinds = "organization = ? AND ({0} LIKE 'user.%' OR {0} LIKE 'group.%')"
    events, acts = (
        service.database.reading(
            lambda sql=sql: service.database.rows(sql, (organization,))  # type: ignore[misc]
        )
        for sql in (
            f"SELECT request, kind, resource FROM event WHERE {kinds.format('kind')} ORDER BY sequence",
            f"SELECT request, action FROM audit_entry WHERE {kinds.format('action')} ORDER BY sequence",
        )
    )
    noted = [request for request, _ in acts]
    assert len(noted) == len(set(noted)), "a request that changed one resource has one entry"
    assert {request for request, *_ in events} <= set(noted)


@pytest.mark.parametrize("service", ["sqlite"], indirect=True)
def test_anything_in_any_order_twice(service: InProcess) -> None:
    run(service, 15, 25)


@pytest.mark.soak
@pytest.mark.timeout(900)
def test_anything_in_any_order_twice_for_long(service: InProcess) -> None:
    run(service, 200, 50)


def run(service: InProcess, examples: int, steps: int) -> None:
    machine = type("AnyOrderHere", (AnyOrder,), {"service": service})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            derandomize=examples < 100,
            database=None,
        ),
    )
