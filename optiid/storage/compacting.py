"""Rewrite the files of a database, so that nothing is left in them of rows that were deleted.

SQLite leaves what was deleted in its pages until something else needs the room.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from optiid.errors import InvalidInputError, UnavailableError
from optiid.storage.dialects import SQLITE

if TYPE_CHECKING:
    from optiid.storage.database import Database

_SIZE = "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()"


def compact(database: Database) -> tuple[int, int]:
    """Rewrite file and log of an SQLite database while others use it; return its bytes before and after.

    Writers wait for it as for any other. Raises UnavailableError while somebody reads what was before, and
    InvalidInputError on PostgreSQL, which has a command of its own for it.
    """
    if database.dialect is not SQLITE:
        raise InvalidInputError(
            "PostgreSQL rewrites its tables by `VACUUM FULL`, which locks them: run it with `vacuumdb --full` when no"
            " requests come",
        )
    return database.reading(lambda: _rewrite(database))


def _rewrite(database: Database) -> tuple[int, int]:
    before = _size(database)
    database.execute("VACUUM").close()
    busy = database.row("PRAGMA wal_checkpoint(TRUNCATE)")
    if busy is None or busy[0]:
        raise UnavailableError("Somebody still reads the old pages, so the log could not be emptied: run it again")
    return before, _size(database)


def _size(database: Database) -> int:
    row = database.row(_SIZE)
    return int(row[0]) if row else 0
