"""How far a move into this database is, kept in it and written with each slice: who is cut off goes on from there.

While it stands, the list of migrations names one that no version knows, so that no service starts on half a database.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson

from optiid.storage import catalog
from optiid.storage.catalog import MOVE
from optiid.storage.migrating import MOVING

if TYPE_CHECKING:
    from optiid.storage.database import Database

_SOURCE = "source of the move"  # no table has such a name


@dataclass(frozen=True, slots=True)
class Position:
    """How far a table is: the key of the last row that was copied, how many were, and whether all are there."""

    after: list[Any]
    rows: int
    complete: bool


BEGINNING = Position([], 0, complete=False)


def is_begun(database: Database) -> bool:
    """Return whether a move into this database was begun and has not ended."""
    return MOVE in catalog.names(database)


def begin(database: Database) -> None:
    """Note that a move begins, unless that is noted."""
    if not is_begun(database):
        database.transaction(lambda: _begin(database))


def _begin(database: Database) -> None:
    database.execute(f"CREATE TABLE {MOVE} (name TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL)")
    database.execute(f"INSERT INTO {catalog.MIGRATIONS} (name, applied) VALUES (?, CURRENT_TIMESTAMP)", (MOVING,))


def source(database: Database) -> str:
    """Return what was noted of the source; empty when the move has to begin anew."""
    return _value(database, _SOURCE) or ""


def note_source(database: Database, value: str) -> None:
    """Note which source, and which state of it, is being copied; for use inside a transaction."""
    _note(database, _SOURCE, value)


def position(database: Database, table: str) -> Position:
    """Return how far a table is."""
    value = _value(database, table)
    return Position(**orjson.loads(value)) if value else BEGINNING


def note_position(database: Database, table: str, position: Position) -> None:
    """Note how far a table is; for use inside the transaction that brings it there."""
    _note(database, table, orjson.dumps(position).decode())


def forget_positions(database: Database) -> None:
    """Let all tables begin anew; for use inside the transaction that empties them."""
    database.execute(f"DELETE FROM {MOVE}")


def end(database: Database) -> None:
    """Make the database one like any other."""
    database.transaction(lambda: _end(database))


def _end(database: Database) -> None:
    database.execute(f"DROP TABLE {MOVE}")
    database.execute(f"DELETE FROM {catalog.MIGRATIONS} WHERE name = ?", (MOVING,))


def _value(database: Database, name: str) -> str | None:
    row = database.reading(lambda: database.row(f"SELECT m.value FROM {MOVE} m WHERE m.name = ?", (name,)))
    return row[0] if row else None


def _note(database: Database, name: str, value: str) -> None:
    sql = f"INSERT INTO {MOVE} (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value"
    database.execute(sql, (name, value))
