"""`optiid db`."""

from __future__ import annotations

import click

from optiid.cli.context import settings_for_command
from optiid.cli.output import show_record, with_output
from optiid.storage import migrating
from optiid.storage.database import open_database


@click.group()
def db() -> None:
    """The database and its tables."""


@db.command()
@with_output
def migrate(output: str) -> None:
    """Bring the tables up to this version. Back the database up first."""
    database = open_database(settings_for_command())
    try:
        applied = migrating.migrate(database)
    finally:
        database.close()
    show_record(output, {"applied": applied})


@db.command()
@with_output
def status(output: str) -> None:
    """Show which migrations are applied and which are pending; an empty database is made first."""
    database = open_database(settings_for_command())
    try:
        found = migrating.status(database)
        if found.empty:
            migrating.migrate(database)
            found = migrating.status(database)
    finally:
        database.close()
    show_record(output, {"applied": found.applied, "pending": found.pending, "unknown": found.unknown})
