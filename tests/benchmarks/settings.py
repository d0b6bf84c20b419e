"""What a setting costs or gains: servers of this checkout with different settings take turns at the same requests.

    python3 app.py bench settings --with OPTIID_WORKERS=1,OPTIID_THREADS=8 --with OPTIID_WORKERS=2,OPTIID_THREADS=12
    python3 app.py bench settings --with OPTIID_LOGBOOK=off --with OPTIID_LOGBOOK=bodies --workload create

Each --with makes a server, in SQLite or a database of its own. The figures are medians over the rounds; x first is the
CPU in multiples of the first server's, in the same round.
"""

from __future__ import annotations

import argparse
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from tests.benchmarks import figures, goals, seeding, workloads
from tests.benchmarks.progress import bar
from tests.benchmarks.rounds import Rounds
from tests.benchmarks.servers import OwnServer
from tests.benchmarks.workloads import Directory
from tests.postgresql import PostgresServer, start_server

if TYPE_CHECKING:
    from collections.abc import Sequence

KINDS = {
    "mixed": workloads.mixed,
    "get": workloads.get,
    "match": workloads.match_hit,
    "create": workloads.create,
    "patch": workloads.patch_user,
}


def arguments(given: Sequence[str]) -> argparse.Namespace:
    """Return what was chosen on the command line."""
    parser = argparse.ArgumentParser(
        "bench settings", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--with", action="append", dest="variants", required=True, metavar="NAME=VALUE,...")
    parser.add_argument("--workload", choices=sorted(KINDS), default="mixed")
    parser.add_argument("--connections", default="8", help="several by comma")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--requests", type=int, default=500)
    parser.add_argument("--users", type=int, default=1000)
    parser.add_argument("--database", default="sqlite", help="sqlite, postgresql, or a URL of PostgreSQL")
    return parser.parse_args(given)


def started(chosen: argparse.Namespace, stack: ExitStack) -> list[tuple[OwnServer, Directory]]:
    """Return a server with users for each variant."""
    found = []
    postgresql = None
    if chosen.database != "sqlite":
        postgresql = PostgresServer(chosen.database) if "://" in chosen.database else start_server()
        stack.callback(postgresql.stop)
    for number, variant in enumerate(chosen.variants):
        home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="optiid-bench-")))
        url = "" if postgresql is None else postgresql.create_database()
        variables = dict(one.split("=", 1) for one in variant.split(",") if one)
        server = stack.enter_context(OwnServer(home, variant or f"variant {number + 1}", url, **variables))
        known = Directory(server.target, f"settings{number}")
        seeding.fill(server.database, server.connected, known, chosen.users, bar(variant))
        found.append((server, known))
    return found


def main(given: Sequence[str]) -> None:
    """Measure and tell."""
    chosen = arguments(given)
    make = KINDS[chosen.workload]
    with ExitStack() as stack:
        servers = started(chosen, stack)
        rounds = Rounds(chosen.rounds, print)
        print(figures.HEAD)
        wanted = [
            workloads.users_workload(f"{chosen.workload}, {text} connections", make, chosen.requests, int(text))
            for text in chosen.connections.split(",")
        ]
        rounds.run(wanted, [known for _, known in servers], bar("rounds"))
        document = {"figures": [one.document() for one in rounds.figures]}
        first = servers[0][1].target.name
        for server, known in servers:
            name = known.target.name
            for workload in wanted:
                held, base = (goals.rounds_of(document, one, workload.name) for one in (name, first))
                share = goals.quotient(held, base, lambda one: one["cpu"])
                told = "-" if share is None else f"{share:.3f}x first"
                print(f"{name}: {workload.name}: {told}, memory of the workers {server.memory() / 2**20:,.0f} MiB")
