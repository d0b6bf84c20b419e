"""The pool of connections to PostgreSQL, for servers that may vanish."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import peewee
from playhouse.pool import PooledPostgresqlDatabase

if TYPE_CHECKING:
    from collections.abc import Iterator

# A failure that took so long says that nobody answers. Connections are opened one after the other (peewee's lock), so
# those who waited for their turn meanwhile, and whoever comes in the pause, are told the same instead of waiting too.
SLOW_SECONDS = 1.0
PAUSE_SECONDS = 1.0


class Pool(PooledPostgresqlDatabase):  # type: ignore[misc]  # peewee has no types
    """Hands out connections without asking the server whether they still live.

    The library asks by a statement, each time and under the lock of all threads. A connection that was lost is noticed
    by its first statement just as well, and the transaction runs again on another (`Database`).
    """

    _silent_until = 0.0

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._thread = threading.local()

    @contextmanager
    def unhurried(self) -> Iterator[None]:
        """Let the transactions that this thread begins meanwhile take as long as they need."""
        before, self._thread.unhurried = self._is_unhurried(), True
        try:
            yield
        finally:
            self._thread.unhurried = before

    def _is_unhurried(self) -> bool:
        return getattr(self._thread, "unhurried", False)

    def begin(self, isolation_level: Any = None) -> None:
        """Begin a transaction, as the library does."""
        super().begin(isolation_level)
        if self._is_unhurried():
            self.execute_sql("SET LOCAL statement_timeout = 0")

    def _is_closed(self, conn: Any) -> bool:
        return bool(conn.closed)

    def _connect(self) -> Any:
        began = time.monotonic()
        if began < self._silent_until:
            raise peewee.OperationalError("the server did not answer a moment ago")
        try:
            return super()._connect()
        except Exception:
            ended = time.monotonic()
            if ended - began > SLOW_SECONDS:
                self._silent_until = ended + PAUSE_SECONDS
            raise
