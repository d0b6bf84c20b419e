"""What a live server is put through: honest clients who note how they fared, and a process that holds its database."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Self

import peewee

from tests.benchmarks.driver import Connection, Request, Target
from tests.running import USER

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.running import Connected, Live


@dataclass
class Honest:
    """Clients in threads of their own; each looks a user up and creates it, again and again.

    With a `rate` they send so many requests a second together; what had to wait is sent later, at once.
    """

    live: Live
    connected: Connected
    clients: int = 4
    rate: float = 0.0
    seconds: list[float] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    elapsed: float = 0.0

    def __enter__(self) -> Self:
        self._done, self._began = threading.Event(), time.monotonic()
        self._threads = [threading.Thread(target=self._work, args=(number,)) for number in range(self.clients)]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        for thread in self._threads:
            thread.join(60)
        self.elapsed = time.monotonic() - self._began

    def _work(self, client: int) -> None:
        connection = Connection(Target("live", self.live.base_url, self.connected.token))
        turn, due = 0, time.monotonic()
        while not self._done.wait(due - time.monotonic()):
            turn += 1
            due += 2 * self.clients / self.rate if self.rate else 0
            name = f"honest{client}-{turn}-{time.monotonic_ns()}@example.com"
            self._send(connection, Request("GET", f"/Users?filter=userName%20eq%20%22{name}%22"))
            self._send(connection, Request("POST", "/Users", {"schemas": [USER], "userName": name}, (201,)))
        connection.close()

    def _send(self, connection: Connection, request: Request) -> None:
        started = time.monotonic()
        try:
            status, body = connection.send(request)
        except OSError as error:
            connection.close()
            self.failures.append(f"{request.method}: {error!r}")
            return
        self.seconds.append(time.monotonic() - started)
        if status not in request.wanted:
            self.failures.append(f"{request.method}: {status} {body[:200]!r}")

    def go_on(self, seconds: float) -> None:
        """Return when as many more requests were answered as come in so many seconds."""
        enough = len(self.seconds) + seconds * self.rate
        while len(self.seconds) < enough and not self.failures:
            time.sleep(0.05)

    @property
    def reached(self) -> float:
        """Return how many requests a second were answered."""
        return len(self.seconds) / self.elapsed

    @property
    def served(self) -> float:
        """Return the share of requests that were answered as they should be."""
        asked = len(self.seconds) + sum("Error" in failure for failure in self.failures)
        return 1 - len(self.failures) / max(1, asked)


@contextmanager
def held(live: Live) -> Iterator[None]:
    """Hold the database as a process does that writes for long."""
    # Not the standard library's SQLite: two copies in one process do not see each other's locks.
    other = peewee.sqlite3.connect(Path(live.settings.home) / "optiid.sqlite", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        other.execute("ROLLBACK")
        other.close()
