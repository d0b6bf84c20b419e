"""Measure a SCIM server: latency, rate and server CPU of what identity providers ask, checked answer by answer.

    python3 app.py bench [--users 1000] [--rounds 5] [--requests 400] [--database URL] [--groups 10,1000,10000]
    python3 app.py bench --base URL --token-file FILE [--base URL --token-file FILE]

Without --base a server of this checkout is started on a temporary data folder, two workers with the default threads,
SQLite with synchronous=FULL or the database named; its CPU is what the kernel counts for the workers, told in multiples
of a bare Flask route that the same processes serve in the same rounds. Two servers take turns in each round, since
machines drift. An answer with the wrong status or content makes the run fail.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from tests.benchmarks import report, workloads
from tests.benchmarks.driver import Measured, Target, WrongAnswerError, measure
from tests.benchmarks.servers import OwnServer
from tests.benchmarks.workloads import Directory

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tests.benchmarks.report import Figure

CONNECTIONS = 8
LOG_SHOWN = 3000


def arguments(given: Sequence[str] | None = None) -> argparse.Namespace:
    """Return what was chosen on the command line."""
    parser = argparse.ArgumentParser("bench", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--users", type=int, default=1000, help="users there are before anything is measured")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--requests", type=int, default=400, help="requests of each workload in a round")
    parser.add_argument("--groups", default="10,1000", help="sizes of groups to change members of; empty: none")
    parser.add_argument("--cycle", type=int, default=500, help="users of the initial cycle; 0: none")
    parser.add_argument("--database", default="", help="URL of PostgreSQL for the server that is started")
    parser.add_argument("--base", action="append", default=[], help="base URL of a server that runs already")
    parser.add_argument("--token-file", action="append", default=[], help="file that holds its token")
    parser.add_argument("--output", default="bench.json", help="JSON document; the page is written beside it")
    return parser.parse_args(given)


class Run:
    """One run over one or two servers."""

    def __init__(self, chosen: argparse.Namespace, targets: Sequence[Target], own: OwnServer | None) -> None:
        self.chosen = chosen
        self.own = own
        stem = f"bench{time.time_ns() // 1_000_000}"
        self.known = [Directory(target, stem) for target in targets]
        self.figures: list[Figure] = []
        self._bare: list[float] = []

    def all(self) -> list[Figure]:
        """Measure everything that was asked for and return the figures."""
        self._fill(self.chosen.users)
        print(report.HEAD)
        self._plain()
        for size in [int(text) for text in self.chosen.groups.split(",") if text]:
            self._members(size)
        for known in self.known:
            self._cursor_walk(known)
            self._mixed(known, "incremental cycle", workloads.incremental_cycle(known, self.chosen.requests))
            self._mixed(known, "concurrent PATCH", workloads.contended(known, self.chosen.requests))
            if self.chosen.cycle:
                self._initial_cycle(known)
        return self.figures

    def _fill(self, amount: int) -> None:
        for known in self.known:
            progress = _bar(f"users of {known.target.name}")
            if self.own is not None and known.target is self.own.target:
                self.own.fill(known, amount, progress)
            else:
                known.fill(amount, progress)

    def _plain(self) -> None:
        taken: dict[tuple[str, str], list[Measured]] = {}
        progress = _bar("rounds")
        for turn in range(self.chosen.rounds + 1):  # the first round warms up
            bare = self._bare_cost()
            for name, (make, share) in workloads.PLAIN.items():
                for known in self.known:
                    amount = max(CONNECTIONS, self.chosen.requests // share)
                    requests = [make(known, turn * amount + number) for number in range(amount)]
                    round_ = measure(known.target, requests, CONNECTIONS)
                    if turn:
                        taken.setdefault((known.target.name, name), []).append(round_)
            if turn:
                self._bare.append(bare)
            progress(turn, self.chosen.rounds)
        for (server, name), rounds in taken.items():
            self._told(report.figure_of(server, name, rounds, self._bare))

    def _bare_cost(self) -> float:
        if self.own is None:
            return 0
        measured = measure(self.own.target, [self.own.bare] * self.chosen.requests, CONNECTIONS)
        return measured.cpu / self.chosen.requests * 1e6

    def _members(self, size: int) -> None:
        amount = min(200, self.chosen.requests)
        self._fill(size + amount)
        for known in self.known:
            group, additions, removals = workloads.member_changes(known, size, amount)
            self._mixed(known, f"add a member to {size:,}", additions, 1)
            self._mixed(known, f"without members, {size:,}", [workloads.without_members(group)] * amount, 1)
            self._mixed(known, f"remove a member from {size:,}", removals, 1)

    def _mixed(self, known: Directory, name: str, requests: list[workloads.Request], connections: int = 8) -> None:
        round_ = measure(known.target, requests, connections)
        bare = [sum(self._bare) / len(self._bare)] if self._bare else []
        self._told(report.figure_of(known.target.name, name, [round_], bare))

    def _cursor_walk(self, known: Directory) -> None:
        before, started = known.target.cpu(), time.perf_counter()
        seen, seconds = workloads.cursor_walk(known)
        if seen < len(known.users):
            raise AssertionError(f"the walk saw {seen} of {len(known.users)} users")
        round_ = Measured(seconds, time.perf_counter() - started, known.target.cpu() - before)
        self._told(report.figure_of(known.target.name, "page of a cursor walk", [round_]))

    def _initial_cycle(self, known: Directory) -> None:
        users, before = self.chosen.cycle, known.target.cpu()
        requests, wall, people = workloads.initial_cycle(known, users, max(1, users // 50), 500)
        cpu = known.target.cpu() - before
        self._told(
            report.figure_of(known.target.name, "initial cycle", [Measured([wall / requests] * requests, wall, cpu)])
        )
        print(f"{'':10} initial cycle: {users} users and their groups in {wall:.1f} s, the users alone {people:.1f} s")

    def _told(self, figure: Figure) -> None:
        self.figures.append(figure)
        print(report.line(figure), flush=True)


def _bar(title: str) -> Callable[[int, int], None]:
    """Return what draws progress on a terminal, and is silent elsewhere."""

    def draw(done: int, whole: int) -> None:
        if sys.stderr.isatty():
            share = done / max(1, whole)
            end = "\n" if done >= whole else ""
            print(f"\r{title}: [{'#' * int(share * 30):<30}] {done:,}/{whole:,} ", end=end, file=sys.stderr, flush=True)

    return draw


def main() -> None:
    """Run the benchmark and write its report."""
    chosen = arguments()
    if len(chosen.base) != len(chosen.token_file):
        sys.exit("Give a --token-file for each --base")
    targets = [
        Target(f"server {number}", base.rstrip("/"), Path(file).read_text().strip())
        for number, (base, file) in enumerate(zip(chosen.base, chosen.token_file, strict=True), 1)
    ]
    about = {"date": datetime.now(UTC).isoformat(timespec="seconds"), "users": chosen.users, "rounds": chosen.rounds}
    with tempfile.TemporaryDirectory() as folder:
        own = None if targets else OwnServer(Path(folder), chosen.database)
        try:
            run = Run(chosen, targets or [own.target], own)  # type: ignore[union-attr]  # one of them is there
            figures = run.all()
            if own is not None:
                about |= {"database": own.service.database.dialect.name, "memory of the workers": own.memory()}
        except WrongAnswerError as error:
            told = "" if own is None else own.log.read_text()[-LOG_SHOWN:]
            sys.exit(f"{told}\nThe run is void: {error}")
        finally:
            if own is not None:
                own.stop()
    report.write(Path(chosen.output), figures, about)
    print(f"written: {chosen.output} and {Path(chosen.output).with_suffix('.html')}")


if __name__ == "__main__":
    main()
