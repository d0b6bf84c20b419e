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
    """Clients in threads of their own; each looks a user up, creates one and reads it, again and again."""

    live: Live
    connected: Connected
    clients: int = 4
    pause: float = 0.0
    seconds: list[float] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    def __enter__(self) -> Self:
        self._done = threading.Event()
        self._threads = [threading.Thread(target=self._work, args=(number,)) for number in range(self.clients)]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        for thread in self._threads:
            thread.join(60)

    def _work(self, client: int) -> None:
        connection = Connection(Target("live", self.live.base_url, self.connected.token))
        turn = 0
        while not self._done.is_set():
            turn += 1
            name = f"honest{client}-{turn}-{time.monotonic_ns()}@example.com"
            self._send(connection, Request("GET", f"/Users?filter=userName%20eq%20%22{name}%22"))
            self._send(connection, Request("POST", "/Users", {"schemas": [USER], "userName": name}, (201,)))
            time.sleep(self.pause)
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
