"""A load driver: keep-alive connections that send requests, check every answer and note how long each took."""

from __future__ import annotations

import socket
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import orjson

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import psutil

TIMEOUT_SECONDS = 120
CHUNK = 1 << 18
SHOWN = 300


@dataclass(frozen=True, slots=True)
class Request:
    """One request below the base URL, the statuses that are right for it, and what the answer's body must fulfil."""

    method: str
    path: str
    body: Any = None
    wanted: tuple[int, ...] = (200,)
    check: Callable[[Any], bool] | None = None


@dataclass(frozen=True, slots=True)
class Target:
    """A SCIM server: base URL and token, and the processes whose CPU is counted, if they run here."""

    name: str
    base: str
    token: str
    processes: Callable[[], list[psutil.Process]] = field(default=list)

    def cpu(self) -> float:
        """Return the CPU seconds that the server's processes have used, user and system."""
        return sum(times.user + times.system for times in (one.cpu_times() for one in self.processes()))


@dataclass(frozen=True, slots=True)
class Measured:
    """What a round of requests took: each answer's seconds, the wall's, and the server's CPU seconds."""

    seconds: list[float]
    wall: float
    cpu: float


class WrongAnswerError(AssertionError):
    """An answer that does not count: the round is void."""


class Connection:
    """One keep-alive connection; plain HTTP, which is what a server behind a proxy speaks."""

    def __init__(self, target: Target) -> None:
        parts = urlsplit(target.base)
        self._prefix = parts.path
        self._address = (parts.hostname or "127.0.0.1", parts.port or 80)
        self._head = (
            f"Host: {parts.netloc}\r\nAuthorization: Bearer {target.token}\r\nAccept: application/scim+json\r\n"
            "Content-Type: application/scim+json\r\n"
        )
        self._socket: socket.socket | None = None
        self._rest = b""

    def send(self, request: Request) -> tuple[int, bytes]:
        """Return status and body. Raises OSError when the server goes away in the middle of an answer."""
        body = b"" if request.body is None else request.body
        if not isinstance(body, bytes):
            body = orjson.dumps(body)
        path = request.path if request.path.startswith("http:") else self._prefix + request.path
        head = f"{request.method} {path} HTTP/1.1\r\n{self._head}Content-Length: {len(body)}\r\n\r\n"
        if self._socket is None:
            self._socket = socket.create_connection(self._address, TIMEOUT_SECONDS)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.sendall(head.encode() + body)
        return self._answer()

    def _answer(self) -> tuple[int, bytes]:
        head = self._until(b"\r\n\r\n").decode("latin-1")
        lines = head.split("\r\n")
        status = int(lines[0].split(" ", 2)[1])
        named = dict(line.lower().split(": ", 1) for line in lines[1:] if ": " in line)
        if named.get("transfer-encoding") == "chunked":
            body = self._chunks()
        else:
            body = b"" if status in (204, 304) else self._exactly(int(named.get("content-length", "0")))
        if named.get("connection") == "close":
            self.close()
        return status, body

    def _chunks(self) -> bytes:
        parts = []
        while size := int(self._until(b"\r\n").split(b";")[0], 16):
            parts.append(self._exactly(size))
            self._exactly(2)
        self._exactly(2)
        return b"".join(parts)

    def _until(self, end: bytes) -> bytes:
        while end not in self._rest:
            self._rest += self._more()
        found, self._rest = self._rest.split(end, 1)
        return found

    def _exactly(self, size: int) -> bytes:
        parts, held = [self._rest], len(self._rest)
        while held < size:
            parts.append(self._more())
            held += len(parts[-1])
        whole = b"".join(parts)
        self._rest = whole[size:]
        return whole[:size]

    def _more(self) -> bytes:
        assert self._socket is not None
        more = self._socket.recv(CHUNK)
        if not more:
            self.close()
            raise OSError("the server closed the connection")
        return more

    def close(self) -> None:
        """Close the connection; the next request opens another."""
        if self._socket is not None:
            self._socket.close()
        self._socket, self._rest = None, b""


def ask(connection: Connection, request: Request) -> Any:
    """Return the decoded body of a right answer, None for none. Raises WrongAnswerError."""
    status, body = connection.send(request)
    if status not in request.wanted:
        raise WrongAnswerError(f"{request.method} {request.path}: {status} {body[:SHOWN]!r}")
    read = orjson.loads(body) if body else None
    if request.check is not None and not request.check(read):
        raise WrongAnswerError(f"{request.method} {request.path}: not what was asked for: {body[:SHOWN]!r}")
    return read


def measure(target: Target, requests: Sequence[Request], connections: int) -> Measured:
    """Send requests over several connections and return what they took. Raises WrongAnswerError."""
    before, started = target.cpu(), time.perf_counter()
    with ThreadPoolExecutor(connections) as pool:
        parts = list(pool.map(lambda start: _work(target, requests[start::connections]), range(connections)))
    return Measured([one for part in parts for one in part], time.perf_counter() - started, target.cpu() - before)


def _work(target: Target, requests: Sequence[Request]) -> list[float]:
    connection, seconds = Connection(target), []
    try:
        for request in requests:
            started = time.perf_counter()
            status, body = connection.send(request)
            seconds.append(time.perf_counter() - started)
            if status not in request.wanted:
                raise WrongAnswerError(f"{request.method} {request.path}: {status} {body[:SHOWN]!r}")
            if request.check is not None and not request.check(orjson.loads(body) if body else None):
                raise WrongAnswerError(f"{request.method} {request.path}: not what was asked for: {body[:SHOWN]!r}")
    finally:
        connection.close()
    return seconds
