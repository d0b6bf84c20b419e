"""The goals, and what a run's document says of each: the measured figure, met or not, or what to measure for it."""

from __future__ import annotations

import statistics
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Document = dict[str, Any]

SMALL, LARGE = 10, 100_000
FEW, MILLION = 1000, 1_000_000
MANY = 1000
CYCLE_USERS, CYCLE_GROUPS, CYCLE_MEMBERS = 10_000, 200, 500
SERVER = "SQLite"
OTHER = "PostgreSQL"
COMPARED = ("get", "match hit", "match miss", "create", "PATCH", "PUT", "page of 100")


@dataclass(frozen=True, slots=True)
class Goal:
    """A goal: its words, the bound, and the figure; `met` is None when it was not measured."""

    text: str
    bound: str
    measured: str
    met: bool | None

    def document(self) -> Document:
        """Return it for the report."""
        return asdict(self)


def goals_of(document: Document) -> list[Goal]:
    """Return all goals for a run's document, for SQLite where both databases were measured; none for other servers."""
    measured = {one["server"] for one in document["figures"]}
    if not measured & {SERVER, OTHER}:
        return []
    server = SERVER if SERVER in measured else OTHER
    return [
        *(_cost(document, server, workload, most) for workload, most in COSTS.items()),
        _sizes(document, server, "add a member to {}", 1.3),
        _sizes(document, server, "without members, {}", 1.2),
        *(_scale(document, server, workload) for workload in ("match hit", "match miss", "create", "concurrent PATCH")),
        _walk(document, server),
        _many(document, server),
        _cycle(document, server),
        *(_compared(document, workload) for workload in COMPARED),
    ]


COSTS = {
    "get": 1.6,
    "match hit": 1.7,
    "match miss": 1.4,
    "create": 3.5,
    "PATCH": 3.5,
    "PUT": 3.5,
    "page of 100": 12,
}


def rounds_of(document: Document, server: str, workload: str) -> list[Document]:
    """Return the rounds of a workload of a server; none when it was not measured."""
    for figure in document["figures"]:
        if (figure["server"], figure["workload"]) == (server, workload):
            return list(figure["rounds"])
    return []


def quotient(over: Sequence[Document], under: Sequence[Document], value: Callable[[Document], Any]) -> float | None:
    """Return the median of what rounds side by side come to when one is divided by the other; None without rounds."""
    pairs = [(value(one), value(other)) for one, other in zip(over, under, strict=False)]
    quotients = [one / other for one, other in pairs if one is not None and other]
    return statistics.median(quotients) if quotients else None


def _at_most(text: str, most: float, found: float | None, unit: str = "x", without: str = "not measured") -> Goal:
    if found is None:
        return Goal(text, f"at most {most:g}{unit}", without, None)
    return Goal(text, f"at most {most:g}{unit}", f"{found:.2f}{unit}", found <= most)


def _at_least(text: str, least: float, found: float | None, without: str) -> Goal:
    if found is None:
        return Goal(text, f"at least {least:g}x", without, None)
    return Goal(text, f"at least {least:g}x", f"{found:.2f}x", found >= least)


def _cost(document: Document, server: str, workload: str, most: float) -> Goal:
    ratios = [one["ratio"] for one in rounds_of(document, server, workload) if one["ratio"] is not None]
    return _at_most(
        f"{workload}: CPU against the bare Flask route", most, statistics.median(ratios) if ratios else None
    )


def _sizes(document: Document, server: str, workload: str, most: float) -> Goal:
    small, large = workload.format(f"{SMALL:,}"), workload.format(f"{LARGE:,}")
    found = quotient(rounds_of(document, server, large), rounds_of(document, server, small), lambda one: one["p50"])
    return _at_most(f"{large}: p50 against that of {SMALL}", most, found, without=f"needs --groups {SMALL},{LARGE}")


def _scale(document: Document, server: str, workload: str) -> Goal:
    small, large = (rounds_of(document, f"{server}, {users:,}", workload) for users in (FEW, MILLION))
    found = quotient(large, small, lambda one: one["rate"])
    return _at_least(
        f"{workload} at {MILLION:,} users: rate against that at {FEW:,}", 0.8, found, f"needs --scale {MILLION}"
    )


def _walk(document: Document, server: str) -> Goal:
    name = f"{server}, {MILLION:,}"
    found = quotient(
        rounds_of(document, name, "cursor page, last"),
        rounds_of(document, name, "cursor page, first"),
        lambda one: one["cpu"],
    )
    return _at_most(
        f"cursor walk of {MILLION:,} users: CPU of the last pages against the first",
        1.2, found, without=f"needs --scale {MILLION}",
    )  # fmt: skip


def _many(document: Document, server: str) -> Goal:
    sizes = [
        one["p50"]
        for one in document["figures"]
        if one["server"] == server and one["workload"].startswith(f"add {MANY:,} members to")
    ]
    text = f"PATCH of {MANY:,} members in one request: p50, whatever the size of the group"
    return _at_most(text, 60, max(sizes, default=None), " ms")


def _cycle(document: Document, server: str) -> Goal:
    shares = [
        one["share"]
        for one in document["cycles"]
        if one["server"] == server
        and (one["users"], one["groups"], one["members"]) == (CYCLE_USERS, CYCLE_GROUPS, CYCLE_MEMBERS)
    ]
    size = f"{CYCLE_USERS:,} users and {CYCLE_GROUPS} groups of {CYCLE_MEMBERS}"
    text = f"initial cycle of {size}: requests/s against creates/s"
    without = f"needs --cycle {CYCLE_USERS}"
    return _at_least(text, 0.9, statistics.median(shares) if shares else None, without)


def _compared(document: Document, workload: str) -> Goal:
    found = quotient(
        rounds_of(document, OTHER, workload), rounds_of(document, SERVER, workload), lambda one: one["cpu"]
    )
    return _at_most(
        f"{workload}: CPU of the application on PostgreSQL against SQLite",
        1.6, found, without="needs --database sqlite --database postgresql",
    )  # fmt: skip


def line(goal: Goal) -> str:
    """Return a goal as a line for people."""
    verdict = {True: "met", False: "NOT MET", None: "-"}[goal.met]
    return f"{verdict:<8} {goal.text}: {goal.bound}; {goal.measured}"
