"""What the planner of the database knows about the tables, renewed while a command or a first load fills them.

PostgreSQL looks at tables in the background, after a while. A plan for a connection of one user is hopeless for one of
ten thousand that came within the last minute. SQLite follows fixed rules and needs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from optiid.storage.dialects import POSTGRESQL

if TYPE_CHECKING:
    from optiid.storage.database import Database

_ANALYZE = "ANALYZE resource, membership, value_index, unique_value"
FIRST = 500


class Statistics:
    """Renews them after so many rows, and each time their number has doubled; between two transactions."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._next = FIRST

    def note(self, rows: int) -> None:
        """Note that so many rows have been written in all, and renew what is known when that is due."""
        if rows < self._next or self._database.dialect is not POSTGRESQL:
            return
        while self._next <= rows:
            self._next *= 2
        self._database.reading(lambda: self._database.execute(_ANALYZE))
