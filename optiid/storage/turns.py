"""SQLite has one writer: the threads of a process take turns at it, and those that wait already share a commit.

A commit writes each page that was changed, and waits for the disk. Writes that follow each other change many of the
same pages: the ends of the journal and of the audit trail, the counter. So a write whose successor waits leaves the
commit to that one, and is told to be done when the disk has both (rule R17).
"""

from __future__ import annotations

import threading
import time
from collections import deque

# As many writes share a commit, if the first of them began no longer ago: other processes wait for it, too.
MOST_TOGETHER = 16
TOGETHER_SECONDS = 0.02


class Group:
    """Writes that share a commit: the turns that wait for it, and what went wrong with it for all of them."""

    def __init__(self) -> None:
        self.turns: list[Turn] = []
        self.error: Exception | None = None
        self.is_ended = False
        self._began = time.monotonic()

    def has_room(self) -> bool:
        """Say whether another write may share the commit."""
        return len(self.turns) < MOST_TOGETHER - 1 and time.monotonic() - self._began < TOGETHER_SECONDS

    def end(self, error: Exception | None = None) -> None:
        """Tell those who wait that their writes are committed, or of the error for which none of them is."""
        self.error, self.is_ended = error, True
        for turn in self.turns:
            turn.signal.release()


class Turn:
    """One write, which may share its commit if it `joins`.

    `group` is whose commit it shares, `following` the turn that the commit was left to, if it was.
    """

    def __init__(self, *, joins: bool) -> None:
        self.joins = joins
        self.group: Group | None = None
        self.following: Turn | None = None
        self.signal = threading.Lock()
        self.signal.acquire()


class Turns:
    """Who writes, and who waits for it, in order."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._waiting: deque[Turn] = deque()
        self._is_taken = False

    def take(self, seconds: float, *, joins: bool) -> Turn | None:
        """Return a turn once it has come, or None when it did not within so many seconds (-1: however long)."""
        turn = Turn(joins=joins)
        with self._guard:
            if not self._is_taken:
                self._is_taken = True
                return turn
            self._waiting.append(turn)
        if turn.signal.acquire(timeout=seconds):
            return turn
        with self._guard:
            if turn in self._waiting:
                self._waiting.remove(turn)
                return None
        turn.signal.acquire()  # it came at the last moment, and others may rely on it for their commit
        return turn

    def leave_commit(self, turn: Turn, group: Group) -> bool:
        """Leave the commit of a group to the next that may share it; say whether there is one."""
        if not turn.joins or not self._waiting or not group.has_room():
            return False
        with self._guard:
            if not self._waiting or not self._waiting[0].joins:
                return False
            turn.following = self._waiting.popleft()
        turn.group = turn.following.group = group
        group.turns.append(turn)
        return True

    def leave(self, turn: Turn) -> None:
        """Give the turn to whom the commit was left, or else to the next, if anybody waits."""
        following = turn.following
        if following is None:
            with self._guard:
                if not self._waiting:
                    self._is_taken = False
                    return
                following = self._waiting.popleft()
        following.signal.release()
