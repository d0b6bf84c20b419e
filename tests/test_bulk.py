"""Bulk as a whole: the same directory as single requests make, side by side with others, at a bounded cost."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.bulks import delete, ident, patch, post, refer, send, statuses
from tests.events import directory_events
from tests.running import ENTERPRISE

if TYPE_CHECKING:
    from tests.running import InProcess, Live, Scim

# What a directory is: who manages each user, and who is in each group, by name.
Directory = tuple[dict[str, str | None], dict[str, set[str]]]


@st.composite
def directories(draw: st.DrawFn) -> tuple[dict[str, str | None], dict[str, list[str]], set[str]]:
    """Return users with their managers, groups with their members, and which of all of them are unlawful."""
    users = [f"u{number}" for number in range(draw(st.integers(0, 5)))]
    groups = [f"g{number}" for number in range(draw(st.integers(0, 5)))]
    everybody = users + groups
    managers = {user: draw(st.none() | st.sampled_from(users)) for user in users}
    members = {group: draw(st.lists(st.sampled_from(everybody), max_size=4, unique=True)) for group in groups}
    broken = draw(st.sets(st.sampled_from(everybody), max_size=1)) if everybody else set()
    return managers, members, broken


def operation_of(name: str, managers: dict[str, str | None], members: dict[str, list[str]], broken: set[str]) -> Any:
    attribute = "emails" if name in broken else "externalId"  # text is no list of emails
    if name in members:
        named = "schemas" if name in broken else "displayName"
        return post(name, "/Groups", **{named: name}, members=refer(*members[name]))
    manager = managers[name]
    extension = {ENTERPRISE: {"manager": {"value": f"bulkId:{manager}"}}} if manager else {}
    return post(name, "/Users", userName=name, **{attribute: name}, **extension)


def failing(managers: dict[str, str | None], members: dict[str, list[str]], broken: set[str]) -> set[str]:
    """Return who refers to what is broken, however far."""
    refers: dict[str, list[str]] = {user: [manager] if manager else [] for user, manager in managers.items()} | members
    found = set(broken)
    while more := {name for name, others in refers.items() if found & set(others)} - found:
        found |= more
    return found


def directory(scim: Scim) -> Directory:
    users = scim.get("/Users").body["Resources"]
    groups = scim.get("/Groups").body["Resources"]
    names = {one["id"]: one.get("userName") or one["displayName"] for one in [*users, *groups]}
    managers = {one["userName"]: names.get(one.get(ENTERPRISE, {}).get("manager", {}).get("value")) for one in users}
    return managers, {one["displayName"]: {names[to["value"]] for to in one.get("members", [])} for one in groups}


def send_single(scim: Scim, managers: dict[str, str | None], members: dict[str, list[str]]) -> None:
    """Create everybody by single requests first, and let them refer to each other afterwards."""
    ids = {name: scim.a_user(name)["id"] for name in managers} | {name: scim.a_group(name)["id"] for name in members}
    for user, manager in managers.items():
        if manager:
            value = {"op": "add", "path": f"{ENTERPRISE}:manager", "value": {"value": ids[manager]}}
            assert scim.patch(f"/Users/{ids[user]}", value).status == 200
    for group, others in members.items():
        add = {"op": "add", "path": "members", "value": [{"value": ids[other]} for other in others]}
        assert scim.patch(f"/Groups/{ids[group]}", add).status == 200


def test_bulk_makes_the_directory_that_single_requests_make(service: InProcess) -> None:
    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
    @given(directories(), st.randoms())
    def compare(wanted: Any, random: Any) -> None:
        managers, members, broken = wanted
        order = [*managers, *members]
        random.shuffle(order)
        bulk, single = service.scim(), service.scim()
        told = send(bulk, *(operation_of(name, managers, members, broken) for name in order))
        failed = failing(managers, members, broken)
        assert [one["bulkId"] for one in told] == order
        assert {one["bulkId"] for one in told if one["status"] != "201"} == failed
        assert {one["status"] for one in told} <= {"201", "400", "409"}
        assert {one["bulkId"] for one in told if one["status"] == "400"} == broken
        send_single(
            single,
            {name: manager for name, manager in managers.items() if name not in failed},
            {name: others for name, others in members.items() if name not in failed},
        )
        assert directory(bulk) == directory(single)
        for one in told:
            if one["status"] == "201":
                path = one["location"].split("/scim/v2")[1]
                assert bulk.get(path).body["meta"]["version"] == one["version"]

    compare()


def at_once(work: Any, arguments: list[Any]) -> list[Any]:
    with ThreadPoolExecutor(max_workers=len(arguments)) as pool:
        return list(pool.map(work, arguments))


def test_bulks_side_by_side_lose_nothing(live: Live) -> None:
    """Eight bulks change the same two groups in opposite orders, and each makes a circle of its own."""
    scim = live.scim()
    groups = [scim.a_group()["id"] for _ in range(2)]

    def run(number: int) -> list[Any]:
        users = [f"u{number}-{part}" for part in range(5)]
        operations = [post(user, "/Users", userName=user) for user in users]
        circle = [f"a{number}", f"b{number}"]
        operations += [
            post(one, "/Groups", displayName=one, members=[*refer(other), *({"value": group} for group in order)])
            for one, other, order in zip(circle, reversed(circle), (groups, groups[::-1]), strict=True)
        ]
        for user in users:
            for group in groups if number % 2 else reversed(groups):
                add = {"op": "add", "path": "members", "value": refer(user)}
                operations.append(patch(f"/Groups/{group}", add))
        return send(scim, *operations)

    told = at_once(run, list(range(8)))
    assert [status for one in told for status in statuses(one)] == (["201"] * 7 + ["200"] * 10) * 8
    made = {ident(one) for bulk in told for one in bulk[:5]}
    for group in groups:
        found = scim.get(f"/Groups/{group}").body
        assert {member["value"] for member in found["members"]} == made
        assert found["meta"]["version"] == 'W/"41"'
    events = directory_events(live.database, scim.connected.organization)
    assert [event["sequence"] for event in events] == list(range(1, len(events) + 1))


def test_one_name_in_many_bulks_is_one_user(live: Live) -> None:
    scim = live.scim()
    told = at_once(lambda _: send(scim, post("u", "/Users", userName="one@example.com")), list(range(8)))
    assert sorted(status for one in told for status in statuses(one)) == ["201"] + ["409"] * 7


def statements(service: InProcess, scim: Scim, *operations: Any) -> int:
    with service.database.counting() as seen:
        told = send(scim, *operations)
    assert set(statuses(told)) <= {"200", "201", "204"}
    return len(seen)


def test_cost_grows_with_the_number_of_operations(service: InProcess) -> None:
    scim = service.scim("entra")
    scim.get("/Users")  # the first use of a token is noted, once in a while

    def creates(begin: int, end: int) -> list[Any]:
        return [post(f"{number}", "/Users", userName=f"user{number}@example.com") for number in range(begin, end)]

    costs = [statements(service, scim, *creates(0, 1)), statements(service, scim, *creates(1, 11))]
    costs.append(statements(service, scim, *creates(11, 111)))
    each = (costs[2] - costs[1]) // 90
    assert each <= 7
    assert 0 <= costs[1] - (costs[0] + 9 * each) <= 2  # who asks is looked up once in a second
    made = [post(f"g{number}", "/Groups", displayName=f"g{number}", members=refer("g0")) for number in range(20)]
    made[0]["data"]["members"] = refer("g19")
    assert statements(service, scim, *made) <= 20 * 12
    removed = scim.get("/Groups?count=20&attributes=id").body["Resources"]
    assert statements(service, scim, *(delete(f"/Groups/{one['id']}") for one in removed)) <= 20 * 10 + 1


@pytest.mark.parametrize("service", ["sqlite", pytest.param("postgresql", marks=pytest.mark.soak)], indirect=True)
def test_longest_bulk_is_one_chain(service: InProcess) -> None:
    scim = service.scim()
    last = service.settings.bulk_operations - 1
    chain = [
        post(f"{number}", "/Groups", displayName=f"{number}", members=refer(f"{number + 1}")) for number in range(last)
    ]
    told = send(scim, *chain, post(f"{last}", "/Groups", displayName="last"))
    assert statuses(told) == ["201"] * (last + 1)
    assert scim.get("/Groups?count=0").body["totalResults"] == last + 1
