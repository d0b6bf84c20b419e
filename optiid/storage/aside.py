"""A connection beside those of the threads, to which one of them turns for a while."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import peewee


class Aside:
    """One such connection, opened when a thread first works on it, and again when it was lost.

    `with aside:` lets this thread work on it instead of on its own; one thread at a time may.
    """

    def __init__(self, engine: peewee.Database) -> None:
        self._engine = engine
        self._state: Any = engine._state  # type: ignore[attr-defined]  # noqa: SLF001 - peewee has no other way
        self._connection: Any = None
        self._own: Any = None

    def close(self) -> None:
        """Close it, if it is open."""
        with self:
            self._engine.close()

    def __enter__(self) -> None:
        self._own = self._state.conn
        _take(self._state, self._connection)

    def __exit__(self, *_raised: object) -> None:
        self._connection = self._state.conn
        _take(self._state, self._own)
        self._own = None


def _take(state: Any, connection: Any) -> None:
    if connection is None:
        state.reset()
    else:
        state.set_connection(connection)
