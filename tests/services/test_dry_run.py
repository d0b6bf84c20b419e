"""Dry run: a connection answers as if live, and the directory stays; applied, both are alike."""

from __future__ import annotations

import random
import re
from typing import Any

import pytest

from optiid.services import connections, directory, dry_run, holds, plan_applying, plans
from optiid.storage import journal

ROUNDS = 60
NAMES = [f"user{number}@example.com" for number in range(6)]
TEAMS = ["Sales", "Support", "Board"]


def seen(service: Any, scim: Any) -> Any:
    """The directory of an organization: users, groups and members, by their names."""
    database, organization = service.database, scim.connected.organization
    users = [directory.user(database, organization, one["id"]) for one in directory.users(database, organization)]
    groups = [directory.group(database, organization, one["id"]) for one in directory.groups(database, organization)]
    shown = {
        one["userName"]: (
            one["state"], one.get("title"), one.get("externalId"), one.get("active"),
            sorted((group["displayName"], group["direct"]) for group in one["groups"]),
        )
        for one in users
    }  # fmt: skip
    held = {one["displayName"]: sorted(member["display"] for member in one["members"]) for one in groups}
    return shown, held


def plane(scim: Any) -> Any:
    """All that the identity provider reads, by ids."""
    return [scim.get(f"/{endpoint}?count=1000").body["Resources"] for endpoint in ("Users", "Groups")]


class Pair:
    """The same requests to two connections, of which one is in dry run; ids stand for each other by position."""

    def __init__(self, live: Any, planned: Any) -> None:
        self.both = (live, planned)
        self.users: list[tuple[str, str]] = []
        self.groups: list[tuple[str, str]] = []

    def send(self, work: Any) -> list[Any]:
        """Do something with both, and check that they answer alike."""
        answers = [work(side, scim) for side, scim in enumerate(self.both)]
        one, other = (self._plain(answer) for answer in answers)
        assert one == other
        return answers

    def _plain(self, answer: Any) -> Any:
        body = answer.body if isinstance(answer.body, dict) else {}
        body = dict(body)
        known = [{pair[0]: at, pair[1]: at}[ident] for at, pair in enumerate(self.users + self.groups)
                 for ident in pair if ident == body.get("id")]  # fmt: skip
        meta = body.pop("meta", {})
        members = sorted(self._place(one["value"]) for one in body.pop("members", []))
        groups = sorted((self._place(one["value"]), one["type"], one["display"]) for one in body.pop("groups", []))
        detail = re.sub(r"req_\w+|[0-9a-f]{8}-[0-9a-f-]{27}", "", body.pop("detail", ""))
        body.pop("id", None)
        found = [self._place(one["id"]) for one in body.pop("Resources", [])]
        told = (known, members, groups, found, detail)
        return answer.status, answer.headers.get("ETag"), meta.get("version"), told, body

    def _place(self, ident: str) -> int:
        return next((at for at, pair in enumerate(self.users + self.groups) if ident in pair), -1)

    def made(self, answers: list[Any], kept: list[tuple[str, str]]) -> None:
        if answers[0].status == 201:
            pair = (answers[0].body["id"], answers[1].body["id"])
            if pair not in kept:
                kept.append(pair)


def step(pair: Pair, chance: random.Random) -> None:  # noqa: C901 - a list of things to do
    """Do one thing that identity providers do, to both."""
    what = chance.choice(["user", "user", "group", "patch", "active", "rename", "put", "delete", "members", "members",
                          "find", "drop"])  # fmt: skip
    name, team = chance.choice(NAMES), chance.choice(TEAMS)
    user = chance.choice(pair.users) if pair.users else ("none", "none")
    group = chance.choice(pair.groups) if pair.groups else ("none", "none")
    some = chance.sample(pair.users, min(len(pair.users), 3))
    text, flag = str(chance.randrange(9)), chance.random() < 0.5

    def patch(*operations: Any, endpoint: str = "Users", one: Any = user) -> None:
        pair.send(lambda side, scim: scim.patch(f"/{endpoint}/{one[side]}", *operations))

    if what == "user":
        body = {"userName": name, "externalId": text, "active": chance.random() < 0.8}
        pair.made(pair.send(lambda _, scim: scim.post("/Users", body)), pair.users)
    elif what == "group":
        answers = pair.send(lambda side, scim: scim.post(
            "/Groups", {"displayName": team, "members": [{"value": one[side]} for one in some]}))  # fmt: skip
        pair.made(answers, pair.groups)
    elif what == "patch":
        patch({"op": "replace", "path": "title", "value": text})
    elif what == "active":
        patch({"op": "replace", "path": "active", "value": flag})
    elif what == "rename":
        patch({"op": "replace", "path": "userName", "value": name})
    elif what == "put":
        body = {"userName": name, "title": text, "active": flag}
        pair.send(lambda side, scim: scim.put(f"/Users/{user[side]}", body))
    elif what == "delete":
        pair.send(lambda side, scim: scim.delete(f"/Users/{user[side]}"))
    elif what == "drop":
        pair.send(lambda side, scim: scim.delete(f"/Groups/{group[side]}"))
    elif what == "members":
        verb = chance.choice(["add", "remove", "replace"])
        pair.send(lambda side, scim: scim.patch(
            f"/Groups/{group[side]}",
            {"op": verb, "path": "members", "value": [{"value": one[side]} for one in some]}))  # fmt: skip
    else:
        pair.send(lambda _, scim: scim.find("/Users", f'userName eq "{name}"'))


def both(service: Any, **settings: Any) -> Pair:
    return Pair(*(service.scim(settings=settings) for _ in range(2)))


def held(service: Any, scim: Any) -> list[tuple[str, str, str]]:
    """The removals that wait: what was settled within a plan never was."""
    found = holds.list_some(service.database, scim.connected.organization)
    return sorted((one.display or "", one.asked, one.why) for one in found)


@pytest.mark.parametrize("inactive", ["delete", "erase", "suspend"])
@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.soak) for seed in (1, 2, 3))])
def test_answers_are_those_of_a_live_connection_and_the_plan_becomes_what_it_has(
    service: Any, inactive: str, seed: int
) -> None:
    chance = random.Random(f"{inactive}{seed}")
    brake = {"brake_users": 2, "brake_percent": 10} if seed % 2 else {}
    pair = both(service, inactive=inactive, **brake)
    live, planned = pair.both
    for _ in range(25):
        step(pair, chance)
    assert seen(service, live) == seen(service, planned)
    before, told = seen(service, planned), events(service, planned)
    dry_run.begin(service.database, planned.connected.connection)
    for _ in range(ROUNDS):
        step(pair, chance)
        assert seen(service, planned) == before
    assert events(service, planned)[: len(told)] == told
    assert [one["kind"] for one in events(service, planned)[len(told) :]] == ["connection.changed"]
    known = plane(planned)
    made = plan_applying.apply(service.database, planned.connected.connection)
    assert (made.blocked, made.state) == ([], "active")
    assert seen(service, planned) == seen(service, live)
    assert held(service, planned) == held(service, live)
    assert plane(planned) == known
    for _ in range(15):
        step(pair, chance)
    assert seen(service, planned) == seen(service, live)
    assert held(service, planned) == held(service, live)


@pytest.mark.parametrize("inactive", ["delete", "erase", "suspend"])
def test_discarded_plan_leaves_no_trace(service: Any, inactive: str) -> None:
    chance, pair = random.Random(inactive), both(service, inactive=inactive)
    planned = pair.both[1]
    for _ in range(25):
        step(pair, chance)
    before, known = seen(service, planned), plane(planned)
    dry_run.begin(service.database, planned.connected.connection)
    for _ in range(ROUNDS):
        step(pair, chance)
    found = plans.discard(service.database, planned.connected.connection, "active")
    assert found.state == "active"
    assert (seen(service, planned), plane(planned)) == (before, known)


def events(service: Any, scim: Any) -> Any:
    return service.database.reading(lambda: journal.page(service.database, scim.connected.organization, 0, 10000))


def test_connection_in_dry_run_is_shown_as_that(service: Any) -> None:
    scim = service.scim()
    made = dry_run.begin(service.database, scim.connected.connection)
    assert (made.state, made.id) == ("dry-run", scim.connected.connection)
    assert connections.get(service.database, made.id) == made
    assert [one.id for one in connections.list_all(service.database, made.organization)] == [made.id]
