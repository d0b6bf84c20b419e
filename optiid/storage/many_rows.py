"""Many rows by a statement that inserts one: as a stream into PostgreSQL, as lists of values into SQLite."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import peewee

from optiid.storage.dialects import POSTGRESQL

if TYPE_CHECKING:
    from collections.abc import Sequence

    from optiid.storage.database import Database, Row

# SQLite takes 32,766 values in one statement.
MOST_VALUES = 30_000
# A stream needs more steps between the client and PostgreSQL than a statement: fewer rows are not worth it.
FEW = 8


def insert(database: Database, statement: str, rows: Sequence[Row]) -> None:
    """Insert rows by `INSERT INTO table (columns) VALUES (?, ...)`; for use inside a transaction.

    Raises peewee.IntegrityError when one of them does not fit; which one it does not say.
    """
    if len(rows) == 1:
        database.execute(statement, rows[0])
    elif len(rows) > FEW and database.dialect is POSTGRESQL:
        _stream(database, statement, rows)
    elif rows:
        step = MOST_VALUES // len(rows[0])
        for start in range(0, len(rows), step):
            some = rows[start : start + step]
            database.execute(_repeated(statement, len(some)), [value for row in some for value in row])


@lru_cache(maxsize=64)
def _repeated(statement: str, number: int) -> str:
    begin, one = _parted(statement)
    return f"{begin} VALUES {', '.join([one] * number)}"


def _parted(statement: str) -> tuple[str, str]:
    begin, _, one = statement.partition("VALUES")
    return begin.strip(), one.strip()


def _stream(database: Database, statement: str, rows: Sequence[Row]) -> None:
    """Hand rows to PostgreSQL as one stream: as parameters of statements they would take twice as long."""
    into = _parted(statement)[0].removeprefix("INSERT INTO ")
    connection: Any = database.engine.connection()  # type: ignore[no-untyped-call]  # peewee
    as_peewee_has_them: Any = peewee.__exception_wrapper__  # type: ignore[attr-defined]  # not in its stubs
    with as_peewee_has_them, connection.cursor() as cursor, cursor.copy(f"COPY {into} FROM STDIN") as stream:
        for row in rows:
            stream.write_row(row)
