"""`optiid db`."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from optiid.cli.context import settings_for_command
from optiid.cli.output import show_list, show_record, with_output
from optiid.cli.progress import Progress
from optiid.errors import InvalidInputError
from optiid.services import backups, counting, database_moves, shard_backups
from optiid.storage import compacting, migrating
from optiid.storage.database import open_database
from optiid.storage.shards import FIRST, url_of, urls_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

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
    with opened() as databases:
        show_found(output, {name: look(database) for name, database in databases.items()})


def show_found(output: str, found: Mapping[str, dict[str, Any]]) -> None:
    """Show what was found in the database, or in those of all shards."""
    if list(found) == [FIRST]:
        show_record(output, found[FIRST])
    else:
        records = [{"shard": name} | record for name, record in found.items()]
        show_list(output, records, list(records[0]))


@contextmanager
def opened(shard: str | None = None) -> Iterator[dict[str, Database]]:
    """Open the databases of all shards, or of one, as they are: empty, or of another version. Raises SettingsError."""
    settings = settings_for_command()
    urls = urls_of(settings) if shard is None else {shard: url_of(settings, shard)}
    with ExitStack() as stack:
        found = {}
        for name, url in urls.items():
            found[name] = open_database(replace(settings, database_url=url))
            stack.callback(found[name].close)
        yield found


@contextmanager
def watched() -> Iterator[Progress]:
    """Show how much is done, of 100."""
    progress = Progress("percent", 100)
    try:
        yield progress
    finally:
        progress.end()


@db.command()
@click.argument("file", type=click.Path(path_type=Path))
@with_output
def backup(file: Path, output: str) -> None:
    """Write the database as it is now to a new file, while the service runs; all shards to a new folder.

    Example: optiid db backup /backups/optiid-monday
    """
    with opened() as databases, watched() as progress:
        if len(databases) > 1:
            made = shard_backups.back_up(databases, file, progress)
        else:
            made = {FIRST: backups.back_up(databases[FIRST], file, progress)}
    show_found(output, {name: asdict(one) for name, one in made.items()})


@db.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--shard", help="The shard that is to be restored alone, of a backup of all.")
@click.option("--replace", "replace_", is_flag=True, help="Have the backup instead of the data that is there.")
@with_output
def restore(file: Path, shard: str | None, replace_: bool, output: str) -> None:
    """Make the database what a backup is, as a whole or not at all; restart the service afterwards.

    Example: optiid db restore /backups/optiid-monday --replace
    """
    with opened() as databases, watched() as progress:
        if len(databases) > 1:
            done = shard_backups.restore(databases, file, shard, replace_, progress)
        elif shard is not None or file.is_dir():
            raise InvalidInputError(f"{file} is to be a backup of several shards: name these by the setting `shards`")
        else:
            done = {FIRST: backups.restore(databases[FIRST], file, replace_, progress)}
    show_found(output, {name: asdict(one) for name, one in done.items()})


@db.command()
@with_output
def compact(output: str) -> None:
    """Rewrite the files of an SQLite database, so that nothing is left in them of what was deleted."""

    def rewrite(database: Database) -> dict[str, Any]:
        before, after = compacting.compact(database)
        return {"bytes_before": before, "bytes": after}

    show_each(output, rewrite)


@db.command()
@with_output
def recount(output: str) -> None:
    """Count anew how many resources the lists of all organizations have, while the service runs.

    The upkeep counts what nobody knows; this is for what `optiid doctor` finds wrong.
    """

    def count(database: Database) -> dict[str, Any]:
        migrating.ensure_ready(database)
        return {"lists": counting.recount_all(database)}

    show_each(output, count)


@db.command()
@click.option("--to", "url", required=True, help="Where to: postgresql://... or sqlite:///path. PGPASSWORD is heeded.")
@click.option("--shard", help="The shard that moves; to be named where there are several.")
@with_output
def move(url: str, shard: str | None, output: str) -> None:
    """Copy everything into another, empty database and prove it the same; cut off and run again, it goes on.

    Stop the service before the last run. Example: optiid db move --to postgresql://optiid@db.example.com/optiid
    """
    settings = settings_for_command()
    if not url:
        raise InvalidInputError("--to is empty: name the database to move to")
    if settings.shards and shard is None:
        raise InvalidInputError(f"Name the shard that is to move by --shard: {', '.join(urls_of(settings))}")
    source = open_database(replace(settings, database_url=url_of(settings, shard or FIRST)))
    target = open_database(replace(settings, database_url=url))
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
