"""Lines of the logbook on their way to the database: no request waits for them, and none fails because of them.

Each process has a buffer of its own, which a thread empties: every second, or when it is full. What cannot be stored
for some seconds is dropped, and told in the log as a number. A process that is forked begins with an empty buffer and
no thread.
"""

from __future__ import annotations

import atexit
import logging
import os
import threading
from typing import TYPE_CHECKING

from optiid.storage import logbook
from optiid.storage.statistics import Statistics

if TYPE_CHECKING:
    from optiid.storage.database import Database
    from optiid.storage.logbook import Line

logger = logging.getLogger(__name__)

SECONDS = 1.0
BATCH = 500
# Beyond the first, bodies are not kept; beyond the second, lines are dropped: memory is for requests.
MANY = 1000
MOST = 5000
# How often lines wait for a database that does not take them, before they are dropped.
PATIENCE = 5
# A thread that has had nothing to do for so long ends; the next line begins another.
IDLE_ROUNDS = 10


class LogbookBuffer:
    """The lines of one process that wait for their database."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._guard = threading.Lock()
        self._begin()
        os.register_at_fork(after_in_child=self._begin)
        atexit.register(self.flush)

    def _begin(self) -> None:
        self._guard = threading.Lock()
        self._storing = threading.Lock()
        self._wake = threading.Event()
        self._lines: list[Line] = []
        self._done: list[Line] = []
        self._dropped = 0
        self._failures = 0
        # Nobody waits for this thread, and it knows of each write: the planner has to keep up with a first load.
        self._written = 0
        self._statistics = Statistics(self._database)
        self._thread: threading.Thread | None = None

    def add(self, line: Line) -> None:
        """Take a line that is to be stored."""
        self._take(self._lines, line)

    def complete(self, line: Line) -> None:
        """Take a line that is stored already, and whose answer is known now."""
        line.came = line.meant = line.before_values = line.after_values = None
        self._take(self._done, line)

    def _take(self, lines: list[Line], line: Line) -> None:
        with self._guard:
            waiting = len(self._lines) + len(self._done)
            if waiting >= MOST:
                self._dropped += 1
                return
            if waiting >= MANY:
                line.came = line.meant = None
            lines.append(line)
            if self._thread is None:
                self._thread = self._started()
        if waiting >= BATCH:
            self._wake.set()

    def _started(self) -> threading.Thread | None:
        """Return a thread that empties the buffer; None when there can be none, at the end of the process."""
        thread = threading.Thread(target=self._run, name="logbook", daemon=True)
        try:
            thread.start()
        except RuntimeError:
            return None
        return thread

    def _run(self) -> None:
        idle = 0
        while True:
            self._wake.wait(SECONDS)
            self._wake.clear()
            idle = 0 if self.flush() else idle + 1
            with self._guard:
                if idle >= IDLE_ROUNDS and not self._lines and not self._done:
                    self._thread = None
                    break
        self._database.leave()

    def flush(self) -> int:
        """Store what waits, now, and return how many lines that was; also what another thread has begun is stored then.

        Raises nothing.
        """
        with self._storing:
            return self._flush()

    def _flush(self) -> int:
        with self._guard:
            lines, done, dropped = self._lines[:], self._done[:], self._dropped
            self._lines.clear()
            self._done.clear()
            self._dropped = 0
        if (lines or done) and not self._store(lines, done):
            dropped += self._put_back(self._owned(lines), done)
        if dropped:
            logger.warning("%d lines of the logbook were dropped", dropped)
        return len(lines) + len(done)

    def _owned(self, lines: list[Line]) -> list[Line]:
        """Leave out what belongs to organizations that moved to another shard, so that it keeps no others' waiting."""
        named = {line.organization for line in lines}
        try:
            there = self._database.reading(lambda: logbook.known(self._database, named))
        except Exception:  # noqa: BLE001 - likewise, and told already
            return lines
        finally:
            self._database.release()
        return [line for line in lines if line.organization in there]

    def _put_back(self, lines: list[Line], done: list[Line]) -> int:
        """Let lines that could not be stored wait once more, and return how many are dropped instead."""
        with self._guard:
            self._failures += 1
            if self._failures < PATIENCE:
                self._lines[:0], self._done[:0] = lines, done
                return 0
            self._failures = 0
        return len(lines)

    def _store(self, lines: list[Line], done: list[Line]) -> bool:
        """Store lines and say whether the database took them."""

        def work() -> None:
            logbook.insert(self._database, lines)
            logbook.complete(self._database, done)

        try:
            self._database.transaction(work, ordinary=True)
            self._written += len(done)
            self._statistics.note(self._written)
        except Exception as error:  # noqa: BLE001 - whatever it is; its text may hold what the lines hold
            logger.warning("the logbook could not be written (%s)", type(error).__name__)
            return False
        finally:
            self._database.release()
        self._failures = 0
        return True
