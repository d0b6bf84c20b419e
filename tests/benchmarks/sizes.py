"""How many workers and threads serve best: servers of different sizes take turns at the same mixed requests.

    python -m tests.benchmarks.sizes [--sizes 1x8,2x8,2x32,4x8] [--connections 8,32] [--rounds 7] [--requests 500]

A size is WORKERSxTHREADS. Of five requests two look a user up, one reads, one creates and one patches. The figures are
medians over the rounds, with the least and the greatest rate; CPU is that of the workers.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from tests.benchmarks import workloads
from tests.benchmarks.driver import Measured, measure
from tests.benchmarks.servers import OwnServer
from tests.benchmarks.workloads import Directory

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tests.benchmarks.driver import Request

MIX = (workloads.match_miss, workloads.create, workloads.match_hit, workloads.get, workloads.patch_user)


def arguments(given: Sequence[str] | None = None) -> argparse.Namespace:
    """Return what was chosen on the command line."""
    parser = argparse.ArgumentParser("sizes", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default="1x8,2x4,2x8,2x16,2x32,3x8,4x8")
    parser.add_argument("--connections", default="8,32")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--requests", type=int, default=500)
    parser.add_argument("--users", type=int, default=1000)
    parser.add_argument("--database", default="", help="URL of PostgreSQL; all sizes share it")
    return parser.parse_args(given)


def requests(known: Directory, start: int, amount: int) -> list[Request]:
    """Return so many mixed requests."""
    return [MIX[number % len(MIX)](known, number) for number in range(start, start + amount)]


def started(chosen: argparse.Namespace, stack: ExitStack) -> Iterator[tuple[str, OwnServer, Directory]]:
    """Start a server of each size and yield it with its users."""
    for size in chosen.sizes.split(","):
        workers, threads = size.split("x")
        home = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        server = OwnServer(home, chosen.database, OPTIID_WORKERS=workers, OPTIID_THREADS=threads)
        stack.callback(server.stop)
        known = Directory(server.target, f"sizes{size}")
        server.fill(known, chosen.users, lambda *_: None)
        yield size, server, known


def told(size: str, connections: int, rounds: list[Measured], memory: int) -> str:
    """Return a line of figures."""
    amount = len(rounds[0].seconds)
    rates = sorted(amount / one.wall for one in rounds)
    late = statistics.median(statistics.quantiles(one.seconds, n=20)[-1] for one in rounds) * 1000
    cpu = statistics.median(one.cpu / amount for one in rounds) * 1e6
    return (
        f"{size:>6} {connections:>11} {statistics.median(rates):>9.0f} {rates[0]:>6.0f} {rates[-1]:>6.0f}"
        f" {late:>8.1f} {cpu:>8.0f} {memory // 2**20:>7}"
    )


def main() -> None:
    """Measure and tell."""
    chosen = arguments()
    counts = [int(text) for text in chosen.connections.split(",")]
    with ExitStack() as stack:
        servers = list(started(chosen, stack))
        taken: dict[tuple[str, int], list[Measured]] = {}
        for turn in range(chosen.rounds + 1):  # the first round warms up
            for connections in counts:
                for size, server, known in servers:
                    asked = requests(known, turn * chosen.requests, chosen.requests)
                    one = measure(server.target, asked, connections)
                    if turn:
                        taken.setdefault((size, connections), []).append(one)
        print("  size connections requests/s  least   most  p95, ms  CPU, us  memory")
        memory = {size: server.memory() for size, server, _ in servers}
        for (size, connections), rounds in sorted(taken.items(), key=lambda item: item[0][1]):
            print(told(size, connections, rounds, memory[size]))


if __name__ == "__main__":
    main()
