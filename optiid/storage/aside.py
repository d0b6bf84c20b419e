"""A connection beside those of the threads, to which one of them turns for a while."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    import peewee


class Aside:
    """One such connection; it is opened when a thread first works on it, and again when it was lost."""

    def __init__(self, engine: peewee.Database) -> None:
        self._engine = engine
        self._connection: Any = None

    def close(self) -> None:
        """Close it, if it is open."""
        with self.turned():
            self._engine.close()

    @contextmanager
    def turned(self) -> Iterator[None]:
        """Let this thread work on it instead of on its own; one thread at a time may."""
        state: Any = self._engine._state  # type: ignore[attr-defined]  # noqa: SLF001 - peewee has no other way
        own = state.conn
        _take(state, self._connection)
        try:
            yield
        finally:
            self._connection = state.conn
            _take(state, own)


def _take(state: Any, connection: Any) -> None:
    if connection is None:
        state.reset()
    else:
        state.set_connection(connection)
