"""Rounds of slices: each workload of each server in turn, with the bare route right before and after it.

Machines drift within a run, so what is held against one another is measured side by side, again and again; medians over
the rounds count, and the spread is told.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.benchmarks.driver import Measured, WrongAnswerError, dealt, measure
from tests.benchmarks.figures import Figure, Round, figure_of, line, round_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from tests.benchmarks.driver import Request, Target
    from tests.benchmarks.workloads import Directory

    Scripts = Sequence[Sequence[Request]]

BARE_REQUESTS = 120
# What comes of answers that are wrong, or lack what every answer has.
NOT_SUPPORTED = (WrongAnswerError, OSError, LookupError, TypeError, AttributeError)


def nothing_to_check(_known: Directory, _turn: int) -> None:
    """Every answer has told all there is to know."""


@dataclass(frozen=True)
class Workload:
    """What is asked in a turn, by connection, and what must hold afterwards. Both may raise WrongAnswerError."""

    name: str
    scripts: Callable[[Directory, int], Scripts]
    holds: Callable[[Directory, int], None] = nothing_to_check


@dataclass(frozen=True)
class LeftOut:
    """A workload of another server that has no figure, since it does not answer as the protocol says."""

    server: str
    workload: str
    reason: str


class Rounds:
    """Takes the measure of servers, round by round."""

    def __init__(self, rounds: int, told: Callable[[str], None]) -> None:
        self.rounds = rounds
        self.figures: list[Figure] = []
        self.left_out: list[LeftOut] = []
        self._told = told

    def run(
        self, workloads: Sequence[Workload], servers: Sequence[Directory], progress: Callable[[int, int], None]
    ) -> None:
        """Measure workloads of servers; the first turn warms up. What another server lacks or loses is left out.

        Raises WrongAnswerError when an answer of our own server is wrong.
        """
        taken: dict[tuple[str, str], list[tuple[Measured, Round]]] = {}
        whole = (self.rounds + 1) * len(workloads) * len(servers)
        for done, (turn, workload, known) in enumerate(self._turns(workloads, servers), 1):
            slice_ = self._slice(workload, known, turn)
            if turn and slice_ is not None:
                taken.setdefault((known.target.name, workload.name), []).append(slice_)
            progress(done, whole)
        for (server, workload_name), slices in taken.items():
            if self._is_left_out(server, workload_name):
                continue
            found = figure_of(server, workload_name, [one for one, _ in slices], [one for _, one in slices])
            self.figures.append(found)
            self._told(line(found))

    def _turns(
        self, workloads: Sequence[Workload], servers: Sequence[Directory]
    ) -> Iterator[tuple[int, Workload, Directory]]:
        """Yield what is measured after one another; no server always comes first."""
        for turn in range(self.rounds + 1):
            order = servers if turn % 2 else servers[::-1]
            yield from ((turn, workload, known) for workload in workloads for known in order)

    def leave_out(self, known: Directory, workload: str, error: Exception) -> None:
        """Tell why another server has no figure for a workload. Raises the error when it is ours."""
        if known.target.bare is not None:
            raise error
        self.left_out.append(LeftOut(known.target.name, workload, str(error) or repr(error)))
        self._told(f"{known.target.name:<12} {workload:<38} not supported: {error}")

    def _is_left_out(self, server: str, workload: str) -> bool:
        return any((one.server, one.workload) == (server, workload) for one in self.left_out)

    def _slice(self, workload: Workload, known: Directory, turn: int) -> tuple[Measured, Round] | None:
        if self._is_left_out(known.target.name, workload.name):
            return None
        try:
            scripts = workload.scripts(known, turn)
            before = bare_slice(known.target, len(scripts))
            taken = measure(known.target, scripts)
            after = bare_slice(known.target, len(scripts))
            workload.holds(known, turn)
        except NOT_SUPPORTED as error:
            self.leave_out(known, workload.name, error)
            return None
        return taken, round_of(taken, [*before, *after])


def bare_slice(target: Target, connections: int) -> list[Measured]:
    """Return a slice of the bare route over as many connections as it is held against; none where there is none."""
    if target.bare is None:
        return []
    requests = [target.bare] * (math.ceil(BARE_REQUESTS / connections) * connections)
    return [measure(target, dealt(requests, connections))]
