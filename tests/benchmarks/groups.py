"""What identity providers ask of groups, by the size of the group."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.benchmarks.driver import Request, WrongAnswerError
from tests.benchmarks.rounds import Workload
from tests.benchmarks.workloads import patch
from tests.running import GROUP

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tests.benchmarks.workloads import Directory

    Scripts = Sequence[Sequence[Request]]

BATCH = 500  # members of one request while a group is filled
SINGLE = 100  # requests of one member each, at most, in a round
SEVERAL = 4  # requests of many members each in a round
WHOLE_MEMBERS = 20_000  # whole groups are sent until so many members were, in a round
ALWAYS_CHECKED = 1000  # larger groups are read back in the last turn only


def add_members(group: str, idents: Sequence[str]) -> Request:
    """Return a PATCH that adds members."""
    return patch(f"/Groups/{group}", {"op": "add", "path": "members", "value": _values(idents)})


def remove_member(group: str, ident: str) -> Request:
    """Return a PATCH that removes one member."""
    return patch(f"/Groups/{group}", {"op": "remove", "path": f'members[value eq "{ident}"]'})


def _values(idents: Sequence[str]) -> list[dict[str, str]]:
    return [{"value": one} for one in idents]


def body_of(name: str, idents: Sequence[str] = ()) -> dict[str, Any]:
    """Return a group to create or to replace one by."""
    return {"schemas": [GROUP], "displayName": name} | ({"members": _values(idents)} if idents else {})


def a_group(known: Directory, size: int = 0) -> str:
    """Make a group of the first users and return its id."""
    ident: str = known.ask(Request("POST", "/Groups", body_of(f"Group {known.fresh()}"), (201,)))["id"]
    for start in range(0, size, BATCH):
        known.ask(add_members(ident, known.users[start : min(size, start + BATCH)]))
    return ident


def check_members(known: Directory, group: str, wanted: Sequence[str]) -> None:
    """Raise WrongAnswerError unless a group has exactly these members."""
    found = [one["value"] for one in known.ask(Request("GET", f"/Groups/{group}")).get("members", [])]
    if len(found) != len(wanted) or set(found) != set(wanted):
        lost = len(set(wanted) - set(found))
        raise WrongAnswerError(f"A group of {len(wanted)} members has {len(found)}, {lost} were lost")


@dataclass(frozen=True)
class Sized:
    """The workloads of a group of one size; `many` members go in one request, and `last` is the turn that ends all."""

    size: int
    requests: int
    many: int
    last: int

    @property
    def users(self) -> int:
        """How many users there must be."""
        return self.size + max(self.single, self.many * SEVERAL)

    @property
    def single(self) -> int:
        """How many requests of one member each make a round."""
        return min(SINGLE, self.requests)

    def workloads(self) -> list[Workload]:
        """Return the workloads, in an order that leaves the group as it was."""
        one, sets = f"{self.size:,}", f"{self.many:,}"
        return [
            Workload(f"add a member to {one}", self._adding, self._holds(self.size + self.single)),
            Workload(f"without members, {one}", self._without),
            Workload(f"remove a member from {one}", self._removing, self._holds(self.size)),
            Workload(f"add {sets} members to {one}", self._adding_many, self._holds(self.size + self.many * SEVERAL)),
            Workload(f"remove {sets} members from {one}", self._removing_many, self._holds(self.size)),
            Workload(f"replace members of {one}", self._replacing, self._holds(self.size)),
            Workload(f"PUT group of {one}", self._putting, self._holds(self.size)),
            Workload(f"GET group of {one}", self._reading),
        ]

    def _group(self, known: Directory) -> str:
        if self.size not in known.groups:
            known.groups[self.size] = a_group(known, self.size)
        return known.groups[self.size]

    def _holds(self, amount: int) -> Callable[[Directory, int], None]:
        def check(known: Directory, turn: int) -> None:
            if turn == self.last or self.size <= ALWAYS_CHECKED:
                check_members(known, self._group(known), known.users[:amount])

        return check

    def _adding(self, known: Directory, _turn: int) -> Scripts:
        late = known.users[self.size : self.size + self.single]
        return [[add_members(self._group(known), [ident]) for ident in late]]

    def _removing(self, known: Directory, _turn: int) -> Scripts:
        late = known.users[self.size : self.size + self.single]
        return [[remove_member(self._group(known), ident) for ident in late]]

    def _without(self, known: Directory, _turn: int) -> Scripts:
        group = self._group(known)
        path = f"/Groups/{group}?excludedAttributes=members"
        asked = Request("GET", path, check=lambda body: body["id"] == group and "members" not in body)
        return [[asked] * self.single]

    def _sets(self, known: Directory) -> list[list[str]]:
        starts = [self.size + number * self.many for number in range(SEVERAL)]
        return [known.users[start : start + self.many] for start in starts]

    def _adding_many(self, known: Directory, _turn: int) -> Scripts:
        return [[add_members(self._group(known), idents) for idents in self._sets(known)]]

    def _removing_many(self, known: Directory, _turn: int) -> Scripts:
        path = f"/Groups/{self._group(known)}"
        operations = [{"op": "remove", "path": "members", "value": _values(idents)} for idents in self._sets(known)]
        return [[patch(path, operation) for operation in operations]]

    def _whole(self, known: Directory) -> list[list[str]]:
        """Return memberships that follow one another: each lacks one of the first users, the last lacks none."""
        amount = max(2, min(self.single, WHOLE_MEMBERS // self.size))
        users, beyond = known.users[: self.size], known.users[self.size]
        return [[*users[: one - 1], *users[one:], beyond] for one in range(1, min(amount, self.size))] + [users]

    def _replacing(self, known: Directory, _turn: int) -> Scripts:
        path = f"/Groups/{self._group(known)}"
        operations = [{"op": "replace", "path": "members", "value": _values(one)} for one in self._whole(known)]
        return [[patch(path, operation) for operation in operations]]

    def _putting(self, known: Directory, _turn: int) -> Scripts:
        group = self._group(known)
        bodies = [body_of(f"Group {known.stem} of {self.size}", idents) for idents in self._whole(known)]
        return [[Request("PUT", f"/Groups/{group}", one, (200, 204), _is(group)) for one in bodies]]

    def _reading(self, known: Directory, _turn: int) -> Scripts:
        amount = max(2, min(self.single, WHOLE_MEMBERS // self.size))
        return [[Request("GET", f"/Groups/{self._group(known)}", check=self._is_whole)] * amount]

    def _is_whole(self, body: Any) -> bool:
        return len({one["value"] for one in body["members"]}) == len(body["members"]) == self.size


def _is(group: str) -> Callable[[Any], bool]:
    return lambda body: body is None or body["id"] == group


def by_size(sizes: Sequence[int], requests: int, many: int, last: int) -> tuple[list[Workload], int]:
    """Return the workloads of groups of several sizes, and how many users they need.

    Each kind is measured at all sizes before the next kind, so that sizes can be held against one another.
    """
    sized = [Sized(size, requests, many, last) for size in sizes]
    kinds = zip(*(one.workloads() for one in sized), strict=True)
    return [workload for kind in kinds for workload in kind], max((one.users for one in sized), default=0)
