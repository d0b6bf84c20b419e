"""`optiid db`."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from optiid.cli.context import settings_for_command
from optiid.cli.output import show_list, show_record, with_output
from optiid.cli.progress import Progress
from optiid.errors import InvalidInputError
from optiid.services import backups, database_moves
from optiid.storage import migrating
from optiid.storage.database import open_database
from optiid.storage.shards import FIRST

if TYPE_CHECKING:
    from collections.abc import Callable

    from optiid.storage.database import Database


@click.group()
def db() -> None:
    """The database and its tables."""


@db.command()
@with_output
def migrate(output: str) -> None:
    """Bring the tables up to this version, of all shards where there are several. Back the database up first."""
    show_each(output, lambda database: {"applied": migrating.migrate(database)})


@db.command()
@with_output
def status(output: str) -> None:
    """Show which migrations are applied and which are pending; an empty database is made first."""

    def look(database: Database) -> dict[str, Any]:
        if migrating.status(database).empty:
            migrating.migrate(database)
        found = migrating.status(database)
        return {"applied": found.applied, "pending": found.pending, "unknown": found.unknown}

    show_each(output, look)


def show_each(output: str, look: Callable[[Database], dict[str, Any]]) -> None:
    """Show what is found in the database; in those of all shards where there are several, each with its name."""
    settings = settings_for_command()
    found = []
    for name, url in [(FIRST, settings.database_url), *settings.shards]:
        database = open_database(replace(settings, database_url=url))
        try:
            found.append({"shard": name} | look(database))
        finally:
            database.close()
    if settings.shards:
        show_list(output, found, list(found[0]))
    else:
        show_record(output, {name: value for name, value in found[0].items() if name != "shard"})


@db.command()
@click.argument("file", type=click.Path(path_type=Path))
@with_output
def backup(file: Path, output: str) -> None:
    """Write the database as it is now to a new file, while the service runs.

    Example: optiid db backup /backups/optiid-monday
    """
    database = open_database(settings_for_command())
    progress = Progress("percent", 100)
    try:
        made = backups.back_up(database, file, progress)
    finally:
        progress.end()
        database.close()
    show_record(output, asdict(made))


@db.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--replace", "replace_", is_flag=True, help="Have the backup instead of the data that is there.")
@with_output
def restore(file: Path, replace_: bool, output: str) -> None:
    """Make the database what a backup is, as a whole or not at all; restart the service afterwards.

    Example: optiid db restore /backups/optiid-monday --replace
    """
    database = open_database(settings_for_command())
    progress = Progress("percent", 100)
    try:
        done = backups.restore(database, file, replace_, progress)
    finally:
        progress.end()
        database.close()
    show_record(output, asdict(done))


@db.command()
@click.option("--to", "url", required=True, help="Where to: postgresql://... or sqlite:///path. PGPASSWORD is heeded.")
@with_output
def move(url: str, output: str) -> None:
    """Copy everything into another, empty database and prove it the same; cut off and run again, it goes on.

    Stop the service before the last run. Example: optiid db move --to postgresql://optiid@db.example.com/optiid
    """
    settings = settings_for_command()
    if not url:
        raise InvalidInputError("--to is empty: name the database to move to")
    source, target = open_database(settings), open_database(replace(settings, database_url=url))
    shown: list[Progress] = []

    def watch(noun: str, total: int) -> Progress:
        shown.append(Progress(noun, total))
        return shown[-1]

    try:
        done = database_moves.move(source, target, watch)
    finally:
        for progress in shown:
            progress.end()
        target.close()
        source.close()
    show_record(output, asdict(done))
