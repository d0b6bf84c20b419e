"""What tables a database has, read from the database itself, so that nothing that a migration adds is forgotten."""

from __future__ import annotations

from dataclasses import dataclass
from graphlib import TopologicalSorter
from typing import TYPE_CHECKING, Any

from optiid.storage.dialects import POSTGRESQL

if TYPE_CHECKING:
    from optiid.storage.database import Database

# Tables that tell of the database, not of the service: the library's list of migrations, and how far a move is.
MIGRATIONS, MOVE = "schema_migration", "database_move"
# Of all tables at once: the view that standards have for it takes 40 ms for each.
_REFERENCES = """
SELECT c.relname, t.relname FROM pg_constraint k
JOIN pg_class c ON c.oid = k.conrelid JOIN pg_class t ON t.oid = k.confrelid
WHERE k.contype = 'f' AND k.connamespace = current_schema()::regnamespace"""


@dataclass(frozen=True, slots=True)
class Table:
    """A table with its columns and its primary key; `documents` are the columns that PostgreSQL keeps as JSONB."""

    name: str
    columns: tuple[str, ...]
    key: tuple[str, ...]
    documents: frozenset[str]


def names(database: Database) -> list[str]:
    """Return the names of all tables that are there, bookkeeping included."""
    found: list[str] = database.reading(database.engine.get_tables)
    return found


def tables(database: Database) -> list[Table]:
    """Return the tables of the service, each after those that it refers to."""
    own = [name for name in names(database) if name not in (MIGRATIONS, MOVE)]
    before: dict[str, list[str]] = {name: [] for name in own}
    for name, target in sorted(set(_references(database))):
        before.get(name, []).append(target)
    return [_table(database, name) for name in TopologicalSorter(before).static_order()]


def holds_rows(database: Database) -> bool:
    """Return whether any table but the list of migrations has a row."""
    return any(_has_row(database, name) for name in names(database) if name != MIGRATIONS)


def _has_row(database: Database, name: str) -> bool:
    return database.reading(lambda: database.row(f'SELECT 1 FROM "{name}" LIMIT 1')) is not None


def _table(database: Database, name: str) -> Table:
    columns: list[Any] = database.reading(lambda: database.engine.get_columns(name))
    key: list[str] = database.reading(lambda: database.engine.get_primary_keys(name))
    documents = frozenset(column.name for column in columns if column.data_type.lower() == "jsonb")
    return Table(name, tuple(sorted(column.name for column in columns)), tuple(key), documents)


def _references(database: Database) -> list[tuple[str, str]]:
    """Return pairs of a table and one that it refers to."""
    if database.dialect is POSTGRESQL:
        return [(row[0], row[1]) for row in database.reading(lambda: database.rows(_REFERENCES))]
    found = []
    for name in names(database):
        keys: list[Any] = database.reading(lambda: database.engine.get_foreign_keys(name))  # noqa: B023 - called at once
        found += [(name, key.dest_table) for key in keys]
    return found
