"""Measure SCIM servers: latency, rate and server CPU of what identity providers ask, checked answer by answer.

    python3 app.py bench [--database sqlite] [--database postgresql|URL] [--goals] [--scale 1000000] ...
    python3 app.py bench --base NAME=URL --token @FILE [--process PID] [--database sqlite]
    python3 app.py bench --table FILE.json ...
    python3 app.py bench settings --help    servers of this checkout with different settings, in turns
    python3 app.py bench hooks --help       what each hook of a profile costs

Without --base a server of this checkout is started on a temporary data folder, with two workers and the default
threads, for each --database: SQLite, a PostgreSQL that is started for the run, or one whose account may create
databases. All servers take turns. optiid/docs/performance.md says what is measured and how to read it.
"""

from __future__ import annotations

import argparse
import signal
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import orjson

from tests.benchmarks import compared, figures, goals, hooks, processes, settings, table
from tests.benchmarks.driver import Target, WrongAnswerError, nothing_left
from tests.benchmarks.page import page
from tests.benchmarks.progress import bar
from tests.benchmarks.run import Run, Sizes
from tests.postgresql import NoPostgresError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

OTHERS = {"settings": settings.main, "hooks": hooks.main}
ENDS = (signal.SIGTERM, signal.SIGINT)
# What --goals measures, where nothing else was said.
AS_THE_GOALS = {
    "groups": f"{goals.SMALL},1000,10000,{goals.LARGE}",
    "cycle": goals.CYCLE_USERS,
    "scale": goals.MILLION,
}
# How long another server whose CPU is counted is waited for: an optiid writes its logbook once a second.
LATE_SECONDS = 1.3
SMALLER = {"groups": "10,1000", "cycle": 500, "scale": 0}


def arguments(given: Sequence[str]) -> argparse.Namespace:
    """Return what was chosen on the command line."""
    parser = argparse.ArgumentParser("bench", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--database", action="append", default=[], help="sqlite, postgresql, or a URL of PostgreSQL")
    parser.add_argument("--goals", action="store_true", help="measure at the sizes that the goals name (half an hour)")
    parser.add_argument("--users", type=int, default=1000, help="users there are before anything is measured")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--requests", type=int, default=400, help="requests of each workload in a round")
    parser.add_argument("--groups", help="sizes of groups to change members of; empty: none")
    parser.add_argument("--many", type=int, default=goals.MANY, help="members of one PATCH")
    parser.add_argument("--cycle", type=int, help="users of the initial cycle; 0: none")
    parser.add_argument("--scale", type=int, help="also hold so many users against a thousand; 0: no")
    parser.add_argument("--base", action="append", default=[], help="[NAME=]URL of a server that runs already")
    parser.add_argument("--token", action="append", default=[], help="its token, or @FILE that holds it")
    parser.add_argument("--process", action="append", type=int, default=[], help="its process here, whose CPU counts")
    parser.add_argument("--output", default="var/bench.json", help="JSON document; the page is written beside it")
    parser.add_argument("--table", nargs="+", type=Path, help="print the Markdown table of documents, measure nothing")
    chosen = parser.parse_args(given)
    if len(chosen.base) != len(chosen.token):
        parser.error("Give a --token for each --base, in the same order")
    for name, value in (AS_THE_GOALS if chosen.goals else SMALLER).items():
        if getattr(chosen, name) is None:
            setattr(chosen, name, value)
    if not chosen.base and not chosen.database:
        chosen.database = ["sqlite"]
    return chosen


def sizes_of(chosen: argparse.Namespace) -> Sizes:
    """Return how much is to be measured."""
    members = tuple(int(text) for text in chosen.groups.split(",") if text)
    return Sizes(chosen.users, chosen.rounds, chosen.requests, members, chosen.many, chosen.cycle, chosen.scale)


def foreign(chosen: argparse.Namespace) -> list[Target]:
    """Return the servers that run already."""
    found = []
    for number, (base, token) in enumerate(zip(chosen.base, chosen.token, strict=True)):
        name, separator, url = base.partition("=")
        name, url = (name, url) if separator and "/" not in name else (f"server {number + 1}", base)
        secret = Path(token[1:]).read_text(encoding="utf-8").strip() if token.startswith("@") else token
        known, settle = counted(chosen.process[number : number + 1])
        found.append(Target(name, url.rstrip("/"), secret, known, settle=settle))
    return found


def counted(pids: Sequence[int]) -> tuple[Callable[[], Sequence[int]], Callable[[], None]]:
    """Return what tells the processes of another server, and what waits until it has written all."""
    if not pids:
        return tuple, nothing_left
    return lambda: processes.with_children(pids[0]), lambda: time.sleep(LATE_SECONDS)


def stop(number: int, _frame: object) -> None:
    """End the run on a signal as at its end: servers are stopped, folders removed. A second signal changes nothing."""
    for one in ENDS:
        signal.signal(one, signal.SIG_IGN)
    sys.exit(128 + number)


def main(given: Sequence[str]) -> None:
    """Run the benchmark and write its report; goals that are not met change no exit status."""
    if given and given[0] in OTHERS:
        OTHERS[given[0]](given[1:])
        return
    chosen = arguments(given)
    if chosen.table:
        print(table.markdown([orjson.loads(path.read_bytes()) for path in chosen.table]))
        return
    run = Run(sizes_of(chosen), chosen.database, foreign(chosen), lambda text: print(text, flush=True), bar)
    print(figures.HEAD)
    try:
        document = run.document()
    except (WrongAnswerError, NoPostgresError, OSError) as error:
        sys.exit(f"{run.logs()}\nThe run is void: {error}")
    output = Path(chosen.output)
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_bytes(orjson.dumps(document, option=orjson.OPT_INDENT_2))
    output.with_suffix(".html").write_text(page(document), encoding="utf-8")
    held = [compared.line(compared.Compared(**one)) for one in document["compared"]]
    judged = [goals.line(goals.Goal(**one)) for one in document["goals"]]
    print("\n".join(["", *held, *judged]))
    print(f"written: {output} and {output.with_suffix('.html')}")


if __name__ == "__main__":
    for end in ENDS:
        signal.signal(end, stop)
    main(sys.argv[1:])
