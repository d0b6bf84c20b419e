"""Writers side by side, round after round: the order that versions tell fits what each of them saw (rule R7)."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from tests.faults.checker import check
from tests.faults.load import Load

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.running import Live, Scim

SIDE_BY_SIDE, CONDITIONAL = 16, 12
ROUNDS, QUICK_ROUNDS = 50, 3
HISTORY_SECONDS = 20


def test_rounds_of_races_are_right(live: Live) -> None:
    run_rounds(live.scim(), QUICK_ROUNDS)


@pytest.mark.soak
@pytest.mark.timeout(900)
def test_many_rounds_of_races_are_right(live: Live) -> None:
    requests = run_rounds(live.scim(), ROUNDS)
    print(f"{live.database.dialect.name}: {ROUNDS} of {ROUNDS} rounds right, {requests} requests")


def run_rounds(scim: Scim, rounds: int) -> int:
    """Run rounds of three races each: members of a group, creates of a name, changes under one If-Match."""
    users = [scim.a_user()["id"] for _ in range(SIDE_BY_SIDE)]
    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        for number in range(rounds):
            members_race(scim, pool.map, users)
            body = {"userName": f"Same{number}@example.com"}
            created = list(pool.map(lambda _, body=body: scim.post("/Users", body).status, users))  # type: ignore[misc]
            assert sorted(created) == [201] + [409] * (SIDE_BY_SIDE - 1)
            match_race(scim, pool.map, users[0])
    return rounds * (2 * SIDE_BY_SIDE + CONDITIONAL)


def members_race(scim: Scim, at_once: Callable[..., Any], users: list[str]) -> None:
    path = f"/Groups/{scim.a_group()['id']}"

    def join(ident: str) -> int:
        return scim.patch(path, {"op": "add", "path": "members", "value": [{"value": ident}]}).status

    assert set(at_once(join, users)) <= {200, 204}
    found = scim.get(path).body
    assert sorted(member["value"] for member in found["members"]) == sorted(users)
    assert found["meta"]["version"] == f'W/"{len(users) + 1}"'


def match_race(scim: Scim, at_once: Callable[..., Any], user: str) -> None:
    told = {"If-Match": scim.get(f"/Users/{user}").body["meta"]["version"]}

    def change(number: int) -> int:
        operation = {"op": "replace", "path": "title", "value": f"{told['If-Match']} {number}"}
        return scim.patch(f"/Users/{user}", operation, headers=told).status

    assert sorted(at_once(change, range(CONDITIONAL))) == [200] + [412] * (CONDITIONAL - 1)


@pytest.mark.soak
@pytest.mark.timeout(900)
@pytest.mark.parametrize("seed", [11, 12, 13])
def test_histories_are_linear(live: Live, seed: int) -> None:
    """Creates, PATCHes, PUTs, DELETEs and reads of the same few, with and without If-Match."""
    with Load(live, seed) as load:
        time.sleep(HISTORY_SECONDS)
    print(f"{live.database.dialect.name}, seed {seed}: {check(live, load)}")
