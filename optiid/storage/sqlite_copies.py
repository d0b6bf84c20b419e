"""Copies of an SQLite database while others write: the online backup, in both directions.

A plain copy of the file is no backup: what was committed last lies in the log beside it, and a copy without the log is
whole, valid and old. `check` refuses such a file by the mark of its header, which a backup made here does not bear.
"""

from __future__ import annotations

import time
from contextlib import closing
from typing import TYPE_CHECKING, Any

import peewee

from optiid.errors import InvalidInputError, UnavailableError
from optiid.storage.snapshots import snapshot

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from optiid.storage.database import Database

MAGIC = b"SQLite format 3\x00"
# Byte 18 of the header: 2 while the database keeps a log beside it.
_FORMAT_PLACE, _WITH_LOG = 18, 2
_PAGES = 2000
_sqlite: Any = peewee.sqlite3  # type: ignore[attr-defined]  # pysqlite3, not in its stubs


def write(database: Database, file: Path, told: Callable[[int], None]) -> None:
    """Write the database as it is at this moment to a file of its own; `told` gets the share done, of 100.

    Nothing waits for it. Raises InvalidInputError when the file cannot be written.
    """
    try:
        with snapshot(database), closing(_sqlite.connect(file, isolation_level=None)) as target:
            _copy(_connection(database), target, told)
            # One file that is all there is, without a log beside it.
            target.execute("PRAGMA journal_mode = delete")
    except _sqlite.Error as error:
        raise InvalidInputError(f"{file} cannot be written ({error})") from error


def applied(file: Path) -> list[str]:
    """Check a backup from end to end and return the names of the migrations in it. Raises InvalidInputError."""
    try:
        with file.open("rb") as read:
            header = read.read(_FORMAT_PLACE + 1)
        if header[_FORMAT_PLACE] == _WITH_LOG:
            raise InvalidInputError(
                f"{file} is a copy of a database file, which may lack the newest changes:"
                " make a backup by `optiid db backup`"
            )
        with closing(_open(file)) as opened:
            faults = [row[0] for row in opened.execute("PRAGMA integrity_check(1)") if row[0] != "ok"]
            faults += [f"row of {row[0]} refers to nothing" for row in opened.execute("PRAGMA foreign_key_check")]
            if faults:
                raise InvalidInputError(f"{file} is damaged ({faults[0]}): take another backup")
            return [row[0] for row in opened.execute("SELECT name FROM schema_migration ORDER BY name")]
    except (_sqlite.Error, IndexError) as error:
        raise InvalidInputError(f"{file} is no backup of optiid, or damaged ({error})") from error


def put_back(database: Database, file: Path, told: Callable[[int], None], patience: float = 30.0) -> None:
    """Make the database what the backup is, in one transaction: readers see the old one until it is whole.

    Raises UnavailableError when it fails or others write for longer than `patience` seconds; nothing changed then.
    """
    database.reading(lambda: None)  # opens it
    try:
        with closing(_open(file)) as source:
            _copy(source, _connection(database), told, patience)
    except _sqlite.Error as error:
        raise UnavailableError(f"The database was not restored, and is as it was ({error})") from error


def _copy(source: Any, target: Any, told: Callable[[int], None], patience: float = 30.0) -> None:
    began = time.monotonic()
    moved = began

    def note(status: int, remaining: int, total: int) -> None:
        nonlocal moved
        if status in (_sqlite.SQLITE_OK, _sqlite.SQLITE_DONE):
            moved = time.monotonic()
            told(100 * (total - remaining) // max(total, 1))
        elif time.monotonic() - moved > patience:
            raise UnavailableError("The database is busy with other writes, and is as it was; try again")

    source.backup(target, pages=_PAGES, progress=note)


def _open(file: Path) -> Any:
    # `immutable`: nothing is written beside the backup, wherever it lies.
    return _sqlite.connect(f"{file.resolve().as_uri()}?mode=ro&immutable=1", uri=True, isolation_level=None)


def _connection(database: Database) -> Any:
    return database.engine.connection()  # type: ignore[no-untyped-call]  # peewee
