"""The threads of a worker, given to those who ask in turn, so that nobody who asks for much holds up the others (R15).

Who asks is the credential as it was sent: nothing is looked up for it. All of it belongs to the worker's loop, so that
nothing here is locked.
"""

from __future__ import annotations

import re
from collections import Counter, deque
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

Job = TypeVar("Job")
READING = (b"GET ", b"HEAD ")
# Answered however busy the worker is: whoever asks decides whether it gets more.
PROBE = re.compile(rb"(GET|HEAD) /+(healthz|readyz)/*(\?|$)")
PROBES_AT_ONCE = 16


class Lane(Generic[Job]):
    """Threads for one kind of requests, and those that run or wait; `begin` gives one to a thread of the pool."""

    def __init__(self, threads: int, most: int, begin: Callable[[Lane[Job], Job], None]) -> None:
        self.pool = ThreadPoolExecutor(threads)
        self._begin = begin
        self._most = most
        self._free = threads
        # The last free thread is for whoever has none: a bulk can take long, and many at once would take all.
        self._kept = 1 if threads > 1 else 0
        self._taken = 0
        self._running: Counter[bytes] = Counter()
        self._waiting: dict[bytes, deque[Job]] = {}  # in the order of their turns; nobody in it waits for nothing

    def enter(self, who: bytes, job: Job) -> Job | None:
        """Take a request on. Returns the one for which there is no room: the latest of whoever has the most waiting."""
        self._waiting.setdefault(who, deque()).append(job)
        self._taken += 1
        crowded_out = self._crowded_out(who) if self._taken > self._most else None
        self._fill()
        return crowded_out

    def leave(self, who: bytes) -> None:
        """Count a request no more, and begin with the next."""
        self._taken -= 1
        self._free += 1
        self._running[who] -= 1
        if not self._running[who]:
            del self._running[who]
        self._fill()

    def _crowded_out(self, newcomer: bytes) -> Job:
        def waiting(who: bytes) -> tuple[int, bool]:
            return len(self._waiting[who]), who == newcomer

        most = max(self._waiting, key=waiting)
        self._taken -= 1
        job = self._waiting[most].pop()
        if not self._waiting[most]:
            del self._waiting[most]
        return job

    def _fill(self) -> None:
        """Begin with whoever's turn it is, while a thread is free for it."""
        while self._free and (who := self._next()) is not None:
            jobs = self._waiting.pop(who)
            job = jobs.popleft()
            if jobs:
                self._waiting[who] = jobs  # behind the others
            self._free -= 1
            self._running[who] += 1
            self._begin(self, job)

    def _next(self) -> bytes | None:
        if self._free > self._kept:
            return next(iter(self._waiting), None)
        return next((who for who in self._waiting if who not in self._running), None)


class Lanes(Generic[Job]):
    """The lanes of a worker, `most` requests in each of the first two."""

    def __init__(self, threads: int, most: int, begin: Callable[[Lane[Job], Job], None]) -> None:
        # Writers can wait for one another, or for somebody who holds the database: readers must not wait with them.
        self.reads = Lane(max(1, threads // 2), most, begin)
        self.writes = Lane(max(1, threads - threads // 2), most, begin)
        self.probes = Lane(1, PROBES_AT_ONCE, begin)

    def of(self, target: bytes) -> Lane[Job]:
        """Return the lane of a request, of which the method and the path are given."""
        if PROBE.match(target):
            return self.probes
        return self.reads if target.startswith(READING) else self.writes
