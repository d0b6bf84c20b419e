"""Who is revoked writes nothing from the next request on, and reads nothing after a second, in any worker (R21)."""

from __future__ import annotations

import os
import socket
import time
from contextlib import ExitStack
from typing import Any

import pytest

from optiid.services import tokens

WORKERS, CONNECTIONS = 2, 16
# Beside what rule R21 allows, the time that one request takes on a busy machine.
ALLOWED_SECONDS, SLACK_SECONDS = 1.0, 0.5


class Connection:
    """One kept connection, so that one worker answers all its requests."""

    def __init__(self, live: Any, token: str) -> None:
        self._socket = socket.create_connection((live.settings.host, live.settings.port), timeout=30)
        self._token = token

    def status(self, method: str, path: str, body: bytes = b"") -> int:
        head = f"{method} /scim/v2{path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {self._token}\r\n"
        head += f"Content-Type: application/scim+json\r\nContent-Length: {len(body)}\r\n\r\n"
        self._socket.sendall(head.encode() + body)
        answer = b""
        while b"\r\n\r\n" not in answer:
            answer += self._received()
        head_part, _, rest = answer.partition(b"\r\n\r\n")
        length = next(
            int(line.split(b":")[1]) for line in head_part.split(b"\r\n") if line.lower().startswith(b"content-length")
        )
        while len(rest) < length:
            rest += self._received()
        return int(answer.split()[1])

    def _received(self) -> bytes:
        part = self._socket.recv(65536)
        assert part, "the server closed a kept connection"
        return part

    def close(self) -> None:
        self._socket.close()


@pytest.mark.parametrize("live", ["sqlite", pytest.param("postgresql", marks=pytest.mark.soak)], indirect=True)
def test_revoked_is_felt_in_every_worker(live: Any) -> None:
    connected = live.connect()
    with ExitStack() as held:
        opened = [Connection(live, connected.token) for _ in range(CONNECTIONS)]
        for one in opened:
            held.callback(one.close)
            assert one.status("GET", "/Users?count=1") == 200
        (token,) = tokens.list_all(live.database, connected.connection)
        for one in opened:
            assert one.status("GET", "/Users?count=1") == 200
        tokens.revoke(live.database, token.id)
        revoked = time.monotonic()
        body = b'{"userName":"late-%d@example.com"}' % os.getpid()
        writers = [one.status("POST", "/Users", body) for one in opened[::2]]
        assert set(writers) == {401}
        felt = []
        for one in opened[1::2]:
            while one.status("GET", "/Users?count=1") != 401:
                time.sleep(0.02)
            felt.append(time.monotonic() - revoked)
        print(f"felt after {max(felt):.2f} s by the slowest of {len(felt)} connections")
        assert max(felt) <= ALLOWED_SECONDS + SLACK_SECONDS
