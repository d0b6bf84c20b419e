"""What runs long: the cycles of an identity provider, changes side by side, and a walk through everybody."""

from __future__ import annotations

import random
import statistics
import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from tests.benchmarks.driver import Connection, Measured, Request, WrongAnswerError, ask, dealt, measure
from tests.benchmarks.groups import a_group, add_members, body_of, check_members
from tests.benchmarks.rounds import Workload
from tests.benchmarks.workloads import CONNECTIONS, PAGE, creation, get, match_hit, miss_of, patch, patch_user, search
from tests.running import ENTERPRISE

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tests.benchmarks.workloads import Directory

    Scripts = Sequence[Sequence[Request]]

CREATES = 400  # right before and right after an initial cycle
POINTS = 60  # of the plot of a walk
# Attributes of one user that are changed at the same time.
EDITED = (
    "title", "displayName", "nickName", "userType", "preferredLanguage", "name.givenName", "name.familyName",
    "name.middleName", f"{ENTERPRISE}:department", f"{ENTERPRISE}:division", f"{ENTERPRISE}:costCenter",
    f"{ENTERPRISE}:organization",
)  # fmt: skip


class Incremental:
    """The cycles after the first: look-ups, changes of users, and one membership for ten of these."""

    def __init__(self, requests: int) -> None:
        self._requests = requests
        self._joined: dict[str, tuple[str, list[str]]] = {}

    def workload(self) -> Workload:
        """Return it; afterwards everybody who joined must be a member."""
        return Workload("incremental cycle", self._scripts, self._holds)

    def _scripts(self, known: Directory, turn: int) -> Scripts:
        group, kinds = a_group(known), (match_hit, patch_user, match_hit, get)
        plain = [kinds[number % 4](known, turn * self._requests + number) for number in range(self._requests)]
        joined = sorted({known.users[known.pick(number)] for number in range(max(1, self._requests // 10))})
        self._joined[known.target.name] = group, joined
        return dealt([*plain, *(add_members(group, [ident]) for ident in joined)], CONNECTIONS)

    def _holds(self, known: Directory, _turn: int) -> None:
        check_members(known, *self._joined[known.target.name])


class Contended:
    """PATCHes side by side, of one group and of few users: every member and every edit must be there afterwards."""

    def __init__(self, requests: int) -> None:
        self._people = max(1, requests // 2 // len(EDITED))
        self._wanted: dict[str, tuple[str, list[str], dict[int, dict[str, str]]]] = {}

    def workload(self) -> Workload:
        """Return it; half of the requests add a member to one group, half edit an attribute each of the same users."""
        return Workload("concurrent PATCH", self._scripts, self._holds)

    def _scripts(self, known: Directory, turn: int) -> Scripts:
        group = a_group(known)
        edits = {
            person: {path: f"{path[-6:]} {turn} {time.monotonic_ns()}" for path in EDITED}
            for person in range(self._people)
        }
        joined = known.users[: self._people * len(EDITED)]
        self._wanted[known.target.name] = group, joined, edits
        changes = [
            patch(f"/Users/{known.users[person]}", {"op": "replace", "path": path, "value": value})
            for person, values in edits.items()
            for path, value in values.items()
        ]
        joins = [add_members(group, [ident]) for ident in joined]
        pairs = zip(joins, changes, strict=False)
        return dealt([request for pair in pairs for request in pair], CONNECTIONS)

    def _holds(self, known: Directory, _turn: int) -> None:
        group, joined, edits = self._wanted[known.target.name]
        check_members(known, group, joined[: self._people * len(EDITED)])
        for person, values in edits.items():
            user = known.ask(Request("GET", f"/Users/{known.users[person]}"))
            lost = [path for path, value in values.items() if _at(user, path) != value]
            if lost:
                raise WrongAnswerError(f"Of {len(values)} edits of a user {len(lost)} were lost: {', '.join(lost)}")


def _at(user: dict[str, Any], path: str) -> Any:
    """Return what stands at a path of a user."""
    if path.startswith(ENTERPRISE):
        return user.get(ENTERPRISE, {}).get(path.removeprefix(ENTERPRISE + ":"))
    parent, _, leaf = path.rpartition(".")
    return (user.get(parent, {}) if parent else user).get(leaf)


@dataclass(frozen=True)
class Cycle:
    """An initial cycle, and the rate of creates right before and after it."""

    server: str
    users: int
    groups: int
    members: int
    requests: int
    seconds: float
    users_a_second: float
    requests_a_second: float
    creates_a_second: float
    share: float

    def document(self) -> dict[str, Any]:
        """Return it for the report."""
        return asdict(self)


def initial_cycle(known: Directory, users: int, groups: int, size: int) -> tuple[Cycle, Measured]:
    """Do an identity provider's first cycle: users looked up and created, then groups, each with its members.

    `share` is its rate of requests as a share of that of creates alone.
    """
    creates = [_creates(known)]
    people, idents = _people(known, users)
    chosen, members = random.Random(7), min(size, len(idents))
    pushed = _groups(known, [chosen.sample(idents, members) for _ in range(groups)])
    creates.append(_creates(known))
    whole, rate = people + pushed, statistics.mean(creates)
    asked = len(whole.seconds) / whole.wall
    told = Cycle(
        known.target.name, users, groups, members, len(whole.seconds), whole.wall, users / whole.wall, asked, rate,
        asked / rate,
    )  # fmt: skip
    return told, whole


def _creates(known: Directory) -> float:
    taken = measure(known.target, dealt([creation(known.fresh()) for _ in range(CREATES)], CONNECTIONS))
    return CREATES / taken.wall


def _people(known: Directory, users: int) -> tuple[Measured, list[str]]:
    stem, idents = known.fresh(), list[str]()
    names = [f"{stem}-{number}" for number in range(users)]
    # A connection looks a user up and then creates that same user.
    scripts = [
        [request for name in names[start::CONNECTIONS] for request in (miss_of(name), creation(name, idents))]
        for start in range(min(CONNECTIONS, users))
    ]
    return measure(known.target, scripts), idents


def _groups(known: Directory, memberships: Sequence[Sequence[str]]) -> Measured:
    names, made = [f"Group {known.fresh()}" for _ in memberships], list[str]()

    def keep(body: Any) -> bool:
        made.append(body["id"])
        return True

    questions = [
        (
            Request("GET", search("/Groups", f'displayName eq "{name}"'), check=lambda body: body["totalResults"] == 0),
            Request("POST", "/Groups", body_of(name), (201,), keep),
        )
        for name in names
    ]
    scripts = [
        [request for pair in questions[start::CONNECTIONS] for request in pair]
        for start in range(min(CONNECTIONS, len(questions)))
    ]
    begun = measure(known.target, scripts)
    pushes = [add_members(group, idents) for group, idents in zip(made, memberships, strict=True)]
    taken = begun + measure(known.target, dealt(pushes, CONNECTIONS))
    check_members(known, made[0], memberships[0])
    return taken


@dataclass(frozen=True)
class Walk:
    """A walk through all users by cursor: how many there were, and milliseconds of pages along the way."""

    server: str
    users: int
    seconds: float
    pages: list[tuple[int, float]]
    cursors: dict[str, list[str]]

    def document(self) -> dict[str, Any]:
        """Return it for the report; cursors are of no use any more."""
        return {"server": self.server, "users": self.users, "seconds": self.seconds, "pages": self.pages}


def walk(known: Directory, progress: Callable[[int, int], None]) -> Walk:
    """Walk through all users. Raises WrongAnswerError when one is seen twice, or not at all."""
    connection, cursor, cursors = Connection(known.target), "", list[str]()
    seen, times, began = set[str](), list[float](), time.perf_counter()
    while cursor or not cursors:
        started = time.perf_counter()
        body = ask(connection, _page(cursor))
        times.append((time.perf_counter() - started) * 1000)
        found = [one["id"] for one in body["Resources"]]
        if seen.intersection(found):
            raise WrongAnswerError("A cursor walk saw a user twice")
        seen.update(found)
        cursors.append(cursor)
        cursor = body.get("nextCursor", "")
        progress(min(len(seen), len(known.users)), len(known.users))
    connection.close()
    if not seen.issuperset(known.users):
        raise WrongAnswerError(f"A cursor walk saw {len(seen):,} users, not all of {len(known.users):,}")
    return Walk(known.target.name, len(seen), time.perf_counter() - began, _along(times), _places(cursors))


def _page(cursor: str) -> Request:
    return Request("GET", f"/Users?count={PAGE}&cursor={quote(cursor)}", check=lambda body: "Resources" in body)


def _along(times: Sequence[float]) -> list[tuple[int, float]]:
    """Return medians along a walk, by the number of the page in their midst."""
    step = max(1, len(times) // POINTS)
    return [
        (start + step // 2, statistics.median(times[start : start + step]))
        for start in range(0, len(times) - step + 1, step)
    ]


def _places(cursors: Sequence[str]) -> dict[str, list[str]]:
    """Return the cursors of the first, the middle and the last full pages."""
    few, middle = max(1, min(10, len(cursors) // 4)), len(cursors) // 2
    return {
        "first": list(cursors[:few]),
        "middle": list(cursors[middle : middle + few]),
        "last": list(cursors[-few - 1 : -1] or cursors[-1:]),
    }


def pages(walked: Walk) -> list[Workload]:
    """Return the workloads that ask for the same pages again: the first, the middle and the last of a walk."""

    def workload(place: str, cursors: Sequence[str]) -> Workload:
        return Workload(f"cursor page, {place}", lambda _known, _turn: [[_page(one) for one in cursors]])

    return [workload(place, cursors) for place, cursors in walked.cursors.items()]
