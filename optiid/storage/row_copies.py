"""Rows of any table, out of one database in slices and into another, with a checksum that both sides compute."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import orjson
import peewee

from optiid.errors import ConflictError
from optiid.storage import many_rows
from optiid.storage.dialects import POSTGRESQL

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from optiid.storage.catalog import Table
    from optiid.storage.database import Database, Row

SLICE = 500
_DIGEST_BYTES = 16
_SUMS = 1 << (8 * _DIGEST_BYTES)


def count(database: Database, table: Table) -> int:
    """Return how many rows a table has."""
    row = database.reading(lambda: database.row(f'SELECT COUNT(*) FROM "{table.name}"'))
    return row[0] if row else 0


def slices(
    database: Database, table: Table, after: Sequence[Any] = (), organization: str | None = None
) -> Iterator[list[Row]]:
    """Yield the rows of a table, their values in the order of its columns, by primary key from beyond `after` on.

    Those of one organization, if one is given. Documents come as text from both databases.
    """
    as_text = "::text" if database.dialect is POSTGRESQL else ""
    columns = ", ".join(f'"{name}"' + (as_text if name in table.documents else "") for name in table.columns)
    key = ", ".join(f'"{name}"' for name in table.key)
    owned = "TRUE" if organization is None else f'"{owner_column(table)}" = ?'
    given = () if organization is None else (organization,)
    begin = f'SELECT {columns} FROM "{table.name}" WHERE {owned}'
    beyond = f"{begin} AND ({key}) > ({', '.join('?' * len(table.key))})"
    order = f" ORDER BY {key} LIMIT {SLICE}"
    while rows := database.rows((beyond if after else begin) + order, (*given, *after)):
        yield rows
        after = key_of(table, rows[-1])


def owner_column(table: Table) -> str:
    """Return the column that says whose a row is."""
    return "id" if table.name == "organization" else "organization"


def key_of(table: Table, row: Row) -> tuple[Any, ...]:
    """Return the primary key of a row."""
    return tuple(row[table.columns.index(name)] for name in table.key)


def insert(database: Database, table: Table, rows: Sequence[Row]) -> None:
    """Insert rows of `slices`; for use inside a transaction. Raises ConflictError when they do not fit."""
    columns = ", ".join(f'"{name}"' for name in table.columns)
    statement = f'INSERT INTO "{table.name}" ({columns}) VALUES ({", ".join("?" * len(table.columns))})'
    try:
        many_rows.insert(database, statement, rows)
    except peewee.IntegrityError as error:
        raise ConflictError(f"Rows of {table.name} do not fit those that were copied before") from error


def clear(database: Database, tables: Sequence[Table]) -> None:
    """Delete all rows of tables, which come after those they refer to; for use inside a transaction."""
    if database.dialect is POSTGRESQL:
        database.execute("TRUNCATE " + ", ".join(f'"{table.name}"' for table in tables))
        return
    for table in reversed(tables):
        database.execute(f'DELETE FROM "{table.name}"')


def checksum(table: Table, rows: Sequence[Row]) -> int:
    """Return the sum of the digests of rows: the same for the same rows in any order, of either database.

    Sums of slices add up, modulo the size of a digest, by `added`.
    """
    documents = [table.columns.index(name) for name in table.documents]
    total = 0
    for row in rows:
        values = list(row)
        for place in documents:
            values[place] = _same_form(values[place])
        digest = hashlib.blake2b(orjson.dumps(values), digest_size=_DIGEST_BYTES)
        total += int.from_bytes(digest.digest(), "big")
    return total % _SUMS


def added(one: int, other: int) -> int:
    """Return the checksum of two sets of rows together."""
    return (one + other) % _SUMS


def _same_form(document: str | None) -> str | None:
    """Return a document as both databases would write it: JSONB keeps neither order and space nor `1.0` and `1e0`."""
    return None if document is None else json.dumps(_plain(orjson.loads(document)), sort_keys=True)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_plain(part) for part in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value
