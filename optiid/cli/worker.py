"""`optiid worker`."""

from __future__ import annotations

import signal
import threading

import click

from optiid.cli.context import open_ready, settings_for_command
from optiid.cli.output import show_record, with_output
from optiid.services import upkeep

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
    with open_ready(settings) as database:
        if once:
            show_record(output, upkeep.run(database, settings))
            return
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: stop.set())
        while not stop.is_set():
            upkeep.run(database, settings)
            stop.wait(PAUSE_SECONDS)
