"""Read for a long time and see one moment of the database, while others write."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import peewee

from optiid.errors import UnavailableError
from optiid.storage.aside import Aside
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


class Moment:
    """One moment of the database on a connection of its own, to which its thread turns now and then.

    What the thread does in between goes over its ordinary connection. Raises UnavailableError, also from `reading`.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._aside = Aside(database.engine)
        database.release()  # nobody holds two of the pool's at once
        with self._aside:
            database.reading(lambda: _begin(database))

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Let this thread read that moment meanwhile."""
        with self._aside, self._database.joined():
            try:
                yield
            except peewee.PeeweeException as error:
                raise UnavailableError("The database was lost while it was read; try again") from error

    def close(self) -> None:
        """Give the connection back."""
        engine = self._database.engine
        with self._aside:
            if engine.is_closed():
                return
            with suppress(peewee.PeeweeException):
                self._database.execute("ROLLBACK")
            engine.close()


def _begin(database: Database) -> None:
    if database.dialect is POSTGRESQL:
        database.engine.begin()
        database.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
    else:
        database.execute("BEGIN")  # the engine's own would wait for writers
