"""Bring the tables of a database up to this version, and tell where it stands."""

from __future__ import annotations

import logging
import re
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import peewee
from playhouse.migrations import Runner

from optiid.errors import OptiidError, UnavailableError
from optiid.storage.sessions import unhurried

if TYPE_CHECKING:
    from optiid.storage.database import Database

FOLDER = Path(__file__).resolve().parent.parent / "migrations"
# By its name a migration promises that the version before it works on (docs/upgrading.md); tests hold it to that.
ADDS_ONLY = re.compile(r"\d{4}_expand_")
# How often nothing may come of it; how often one looks what becomes of another process's, which may take seconds.
ATTEMPTS = 5
LOOKS = 25
PAUSE_SECONDS = 0.2
# Stands in the list of migrations of a database that a move fills (storage/move_state.py), known to no version.
MOVING = "move-under-way"


@dataclass(frozen=True, slots=True)
class SchemaStatus:
    """Names of migrations: applied, still to apply, and applied ones that this version does not know."""

    applied: list[str]
    pending: list[str]
    unknown: list[str]

    @property
    def empty(self) -> bool:
        """Whether nothing was ever applied."""
        return not self.applied and not self.unknown

    @property
    def too_new(self) -> list[str]:
        """The migrations by which the database has left this version behind: those that only add may be there."""
        return [name for name in self.unknown if not ADDS_ONLY.match(name)]


def names() -> list[str]:
    """Return the names of the migrations that this version knows, in their order."""
    return sorted(path.stem for path in FOLDER.glob("[0-9]*.py"))


def status(database: Database) -> SchemaStatus:
    """Return where the database stands. Raises UnavailableError."""
    rows = database.reading(lambda: _runner(database).status())
    return SchemaStatus(
        applied=[row.name for row in rows if row.applied and row.path],
        pending=[row.name for row in rows if not row.applied],
        unknown=[row.name for row in rows if not row.path],
    )


def migrate(database: Database) -> list[str]:
    """Apply what is pending, each migration whole or not at all, and return the names.

    Processes that start at once share them: whoever loses a race tries again for as long as there is progress.
    """
    before: list[str] = []
    fruitless = 0
    while True:
        try:
            with unhurried(database):
                done: list[str] = _runner(database).up()
        except peewee.PeeweeException as error:
            pending = status(database).pending
            if not pending:
                return []
            fruitless = fruitless + 1 if pending == before else 1
            if fruitless == ATTEMPTS:
                raise UnavailableError(f"The migration failed and was rolled back: {error}") from error
            before = pending
            time.sleep(PAUSE_SECONDS)
        else:
            return done


def ensure_ready(database: Database) -> None:
    """Make the tables of an empty database; raise OptiidError when an existing one is older or newer than this code."""
    found = _settled(database)
    if MOVING in found.unknown:
        raise OptiidError(
            "A move into this database has not ended: run `optiid db move` again, or name another database"
        )
    if found.too_new:
        raise OptiidError(f"The database is newer than this version ({found.too_new[-1]}): install that version again")
    if found.empty:
        migrate(database)
    elif found.pending:
        raise OptiidError(f"The database needs {', '.join(found.pending)}: back it up, then run `optiid db migrate`")


def _settled(database: Database) -> SchemaStatus:
    """Return where the database stands when no other process is on its way through the migrations any more.

    Each is applied by itself, so of an empty database one sees some applied while another process makes the tables.
    """
    found, unchanged = status(database), 0
    while found.pending and not found.empty and unchanged < LOOKS:
        time.sleep(PAUSE_SECONDS)
        before, found = found, status(database)
        unchanged = unchanged + 1 if found.pending == before.pending else 0
    return found


def _runner(database: Database) -> Any:
    database.engine.connect(reuse_if_open=True)
    logging.getLogger("peewee.migrations").setLevel(logging.WARNING)
    return Runner(database.engine, str(FOLDER))
