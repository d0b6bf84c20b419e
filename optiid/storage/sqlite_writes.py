"""How threads write to SQLite: one after the other over one connection, waiting only so long, with shared commits."""

from __future__ import annotations

import time
from contextlib import contextmanager, nullcontext, suppress
from typing import TYPE_CHECKING, TypeVar

import peewee

from optiid.errors import UnavailableError, UnconfirmedError
from optiid.storage.aside import Aside
from optiid.storage.turns import Group, Turns

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from optiid.storage.database import Database
    from optiid.storage.turns import Turn

Result = TypeVar("Result")

# A shorter wait for another thread does not count: to tell SQLite of it would cost more.
LONG_WAIT_SECONDS = 0.5
# After one writer waited in vain the next ones wait so long, until one succeeds: they would all hold a thread else.
SHORT_PATIENCE_SECONDS = 0.5
FOREVER = -1.0
_LOST = "The database cannot be used at the moment; try again"


class SqliteWrites:
    """The writes of a process. What their connection has read stays valid until another process writes."""

    def __init__(self, database: Database, busy_timeout: float) -> None:
        self._database = database
        self._busy_timeout = self._patience = busy_timeout
        self._turns = Turns()
        self._connection = Aside(database.engine)

    def run(self, work: Callable[[], Result], patience: float | None, *, joins: bool) -> Result:
        """Return what `work` returns, committed; it waits so many seconds for others, or as long as the settings say.

        It may share its commit with others if it `joins`. Raises UnavailableError.
        """
        if patience is not None:
            return self._in_turn(work, patience, joins=joins)
        try:
            result = self._in_turn(work, self._patience, joins=joins)
        except UnavailableError:
            self._patience = min(self._busy_timeout, SHORT_PATIENCE_SECONDS)
            raise
        self._patience = self._busy_timeout
        return result

    def close(self) -> None:
        """Close the connection, after whoever is amid a write."""
        turn = self._turns.take(FOREVER, joins=False)
        if turn is not None:
            self._connection.close()
            self._turns.leave(turn)

    def _in_turn(self, work: Callable[[], Result], patience: float, *, joins: bool) -> Result:
        began = time.monotonic()
        turn = self._turns.take(patience, joins=joins)
        if turn is None:
            raise UnavailableError("The database is busy with other writes; try again")
        left = FOREVER if turn.group is not None else max(0.0, patience - (time.monotonic() - began))
        try:
            with self._connection, self._waiting_at_most(left), self._sure_to_end(turn):
                result = self._database.attempt(lambda: self._write(work, turn))
        finally:
            self._turns.leave(turn)
        if turn.following is not None:
            turn.signal.acquire()
            _check(turn.group)
        return result

    def _write(self, work: Callable[[], Result], turn: Turn) -> Result:
        """Do a work; whoever comes next commits it, if that one may share the commit."""
        if turn.group is not None:
            return self._write_along(work, turn, turn.group)
        self._database.engine.begin()
        with self._database.undoing():
            result = self._database.worked(work)
        if not self._turns.leave_commit(turn, Group()):
            self._database.confirm()
        return result

    def _write_along(self, work: Callable[[], Result], turn: Turn, group: Group) -> Result:
        """Do a work within the transaction of others; when it fails they are committed without it."""
        try:
            self._database.mark("SAVEPOINT one")
            result = self._database.worked(work)
            self._database.mark("RELEASE one")
        except BaseException:
            turn.group = None  # should it run again, it is alone
            self._end(group, "ROLLBACK TO one")
            _check(group)  # what a refusal goes by may have been undone
            raise
        if not self._turns.leave_commit(turn, group):
            self._end(group)
            _check(group)
        return result

    @contextmanager
    def _sure_to_end(self, turn: Turn) -> Iterator[None]:
        """Let nobody wait for a commit that was left to this turn, whatever keeps it from its work."""
        try:
            yield
        finally:
            if turn.group is not None and turn.following is None and not turn.group.is_ended:
                with suppress(peewee.PeeweeException):
                    self._database.engine.rollback()
                turn.group.end(UnavailableError(_LOST))

    def _end(self, group: Group, *before: str) -> None:
        """Commit a group, and tell all of it what came of that."""
        error: Exception | None = None
        try:
            for sql in before:
                self._database.mark(sql)
            self._database.confirm()
        except UnconfirmedError as unconfirmed:
            error = unconfirmed
        except peewee.PeeweeException:  # SQLite undoes all by itself when the disk is full
            with suppress(peewee.PeeweeException):
                self._database.engine.rollback()
            error = UnavailableError(_LOST)
        finally:
            group.end(error)

    def _waiting_at_most(self, seconds: float) -> AbstractContextManager[None]:
        """Let SQLite wait for other processes only as long as is left of all waiting."""
        is_short = 0 <= seconds <= self._busy_timeout - LONG_WAIT_SECONDS
        return self._hurried(seconds) if is_short else nullcontext()

    @contextmanager
    def _hurried(self, seconds: float) -> Iterator[None]:
        self._database.attempt(lambda: self._set_busy_timeout(seconds))
        try:
            yield
        finally:
            # A connection that was thrown away meanwhile is opened anew with the whole time-out.
            if not self._database.engine.is_closed():
                self._database.attempt(lambda: self._set_busy_timeout(self._busy_timeout))

    def _set_busy_timeout(self, seconds: float) -> None:
        self._database.execute(f"PRAGMA busy_timeout = {max(1, int(seconds * 1000))}")


def _check(group: Group | None) -> None:
    """Raise what kept a group from being committed; each of its threads an error of its own."""
    if group is not None and group.error is not None:
        raise type(group.error)(str(group.error)) from group.error
