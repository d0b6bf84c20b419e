"""Honest clients ask a live server for what identity providers ask, one after the other, and note how they fared."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

from tests.benchmarks.driver import Connection, Request, Target
from tests.running import USER

if TYPE_CHECKING:
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
