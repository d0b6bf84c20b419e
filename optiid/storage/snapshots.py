"""Read for a long time and see one moment of the database, while others write."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import peewee

from optiid.errors import UnavailableError
from optiid.storage.dialects import POSTGRESQL

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optiid.storage.database import Database


@contextmanager
def snapshot(database: Database) -> Iterator[None]:
    """Let everything that this thread reads meanwhile be of one moment; nothing waits for it.

    A lost connection ends it: what was read so far cannot be continued. Raises UnavailableError.
    """
    database.reading(lambda: _begin(database))
    try:
        with database.joined():
            yield
    except peewee.PeeweeException as error:
        raise UnavailableError("The database was lost while it was read; try again") from error
    finally:
        with suppress(peewee.PeeweeException):
            database.execute("ROLLBACK")


def _begin(database: Database) -> None:
    if database.dialect is POSTGRESQL:
        database.engine.begin()
        database.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
    else:
        database.execute("BEGIN")  # the engine's own would wait for writers
