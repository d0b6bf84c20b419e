"""A backup of the whole database into one file, and back, while the service runs."""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from optiid.errors import ConflictError, InvalidInputError
from optiid.storage import catalog, migrating, postgresql_copies, sqlite_copies
from optiid.storage.dialects import POSTGRESQL

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from optiid.storage.database import Database

_KINDS = {sqlite_copies.MAGIC: "sqlite", postgresql_copies.MAGIC: "postgresql"}


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup: where it is, of what kind of database, its size, and how far its tables were."""

    file: str
    database: str
    bytes: int
    migration: str


@dataclass(frozen=True, slots=True)
class Restored(Backup):
    """A backup that is the database now; `pending` are the migrations that it has yet to go through."""

    pending: list[str]


def back_up(database: Database, file: Path, told: Callable[[int], None]) -> Backup:
    """Write the database as it is at this moment to a new file, and check it; `told` gets the share done, of 100.

    All that was acknowledged before is in it, and writes go on meanwhile. A file by that name holds a whole backup or
    is not there. Raises ConflictError when there is one, InvalidInputError, SettingsError and UnavailableError.
    """
    if migrating.status(database).empty:
        raise ConflictError("There is no database yet: nothing to back up")
    with _new_file(file) as partial:
        if database.dialect is POSTGRESQL:
            postgresql_copies.write(database, partial)
        else:
            sqlite_copies.write(database, partial, told)
        applied = _applied(database, partial)
        size = partial.stat().st_size
    return Backup(str(file), database.dialect.name, size, applied[-1])


def restore(database: Database, file: Path, replace: bool, told: Callable[[int], None]) -> Restored:
    """Make the database what a backup is, as a whole or not at all.

    Raises ConflictError when there is data and `replace` is not said, InvalidInputError for a file that is no sound
    backup or one of a newer version, SettingsError and UnavailableError. Nothing changed then.
    """
    applied = check(database, file, replace)
    if database.dialect is POSTGRESQL:
        postgresql_copies.put_back(database, file)
    else:
        sqlite_copies.put_back(database, file, told)
    pending = migrating.status(database).pending
    return Restored(str(file), database.dialect.name, file.stat().st_size, applied[-1], pending)


def check(database: Database, file: Path, replace: bool) -> list[str]:
    """Return the migrations of a backup that this version and this database can take. Raises as `restore` does."""
    applied = _checked(database, file)
    if not replace and catalog.holds_rows(database):
        raise ConflictError("The database has data: say --replace to have the backup instead of it, or name another")
    return applied


def write_new(file: Path, content: bytes) -> None:
    """Write a file that must not exist, for its owner alone, whole or not at all."""
    with _new_file(file) as partial:
        partial.write_bytes(content)


def _checked(database: Database, file: Path) -> list[str]:
    try:
        with file.open("rb") as opened:
            beginning = opened.read(len(sqlite_copies.MAGIC))
    except OSError as error:
        raise InvalidInputError(f"{file} cannot be read ({error.strerror})") from error
    kind = next((kind for magic, kind in _KINDS.items() if beginning.startswith(magic)), None)
    if kind is None:
        raise InvalidInputError(f"{file} is no backup of optiid: make one by `optiid db backup`")
    if kind != database.dialect.name:
        raise InvalidInputError(
            f"{file} is a backup of {kind} and the database is {database.dialect.name}:"
            f" restore it into {kind}, then `optiid db move`"
        )
    applied = _applied(database, file)
    if unknown := sorted(set(applied) - set(migrating.names())):
        raise InvalidInputError(f"{file} is a backup of a newer version ({unknown[-1]}): install that version")
    return applied


def _applied(database: Database, file: Path) -> list[str]:
    found = postgresql_copies.applied(database, file) if database.dialect is POSTGRESQL else sqlite_copies.applied(file)
    if not found:
        raise InvalidInputError(f"{file} is no backup of optiid: no migration was applied")
    return found


@contextmanager
def _new_file(file: Path) -> Iterator[Path]:
    """Give a name beside a file that must not exist, for its owner alone; the file appears when all went well."""
    if file.exists():
        raise ConflictError(f"{file} exists already: name another file")
    partial = file.with_name(file.name + ".partial")
    try:
        partial.unlink(missing_ok=True)
        os.close(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        try:
            yield partial
            to_disk(partial)
            partial.rename(file)
        finally:
            partial.unlink(missing_ok=True)
        to_disk(file.parent)
    except OSError as error:
        raise InvalidInputError(f"{file} cannot be written ({error.strerror})") from error


def to_disk(place: Path) -> None:
    """Have a file, or the names in a folder, on disk."""
    opened = os.open(place, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
