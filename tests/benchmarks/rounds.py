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
    """A workload that another server does not answer as the protocol says."""

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
        """Measure workloads of servers; the first turn warms up, and finds out what a foreign server lacks.

        Raises WrongAnswerError when a later answer is wrong, or any of our own server.
        """
        taken: dict[tuple[str, str], list[tuple[Measured, Round]]] = {}
        whole = (self.rounds + 1) * len(workloads) * len(servers)
        for done, (turn, workload, known) in enumerate(self._turns(workloads, servers), 1):
            slice_ = self._slice(workload, known, turn)
            if turn and slice_ is not None:
                taken.setdefault((known.target.name, workload.name), []).append(slice_)
            progress(done, whole)
        for (server, workload_name), slices in taken.items():
            found = figure_of(server, workload_name, [one for one, _ in slices], [one for _, one in slices])
            self.figures.append(found)
            self._told(line(found))

    def _turns(
        self, workloads: Sequence[Workload], servers: Sequence[Directory]
    ) -> Iterator[tuple[int, Workload, Directory]]:
        for turn in range(self.rounds + 1):
            for workload in workloads:
                for known in servers:
                    yield turn, workload, known

    def _slice(self, workload: Workload, known: Directory, turn: int) -> tuple[Measured, Round] | None:
        if any((one.server, one.workload) == (known.target.name, workload.name) for one in self.left_out):
            return None
        try:
            scripts = workload.scripts(known, turn)
            before = bare_slice(known.target, len(scripts))
            taken = measure(known.target, scripts)
            after = bare_slice(known.target, len(scripts))
            workload.holds(known, turn)
        except (WrongAnswerError, OSError) as error:
            if known.target.bare is not None or turn:
                raise
            self.left_out.append(LeftOut(known.target.name, workload.name, str(error)))
            self._told(f"{known.target.name:<12} {workload.name:<38} left out: {error}")
            return None
        return taken, round_of(taken, [*before, *after])


def bare_slice(target: Target, connections: int) -> list[Measured]:
    """Return a slice of the bare route over as many connections as it is held against; none where there is none."""
    if target.bare is None:
        return []
    requests = [target.bare] * (math.ceil(BARE_REQUESTS / connections) * connections)
    return [measure(target, dealt(requests, connections), settling=0)]
