"""`optiid worker`."""

from __future__ import annotations

import signal
import threading
from collections import Counter
from typing import TYPE_CHECKING

import click

from optiid.cli.context import Reachable, open_each, settings_for_command
from optiid.cli.output import show_record, with_output
from optiid.services import shard_upkeep, upkeep

if TYPE_CHECKING:
    from collections.abc import Iterable

    from optiid.settings import Settings
    from optiid.storage.database import Database

PAUSE_SECONDS = 60


@click.command()
@click.option("--once", is_flag=True, help="Do what is due now, say what that was, and end.")
@with_output
def worker(once: bool, output: str) -> None:
    """Do what is due from time to time, such as purging users whose retention has ended, until stopped.

    Example: optiid worker
    """
    settings = settings_for_command()
    stop = threading.Event()
    with open_each(settings) as databases:
        if once:
            show_record(output, run(databases, settings))
            return
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: stop.set())
        while not stop.is_set():
            run(databases, settings)
            stop.wait(PAUSE_SECONDS)


def run(databases: Iterable[Database], settings: Settings) -> dict[str, int]:
    """Do what is due in each database, and between shards; return the counts."""
    counts: Counter[str] = Counter()
    for database in databases:
        counts.update(upkeep.run(database, settings))
    if isinstance(databases, Reachable):
        counts.update(shard_upkeep.run(databases.shards))
    return dict(counts)
