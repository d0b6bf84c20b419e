"""A load driver: keep-alive connections that send requests, check every answer and note how long each took."""

from __future__ import annotations

import socket
import ssl
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import orjson

from tests.benchmarks.processes import Meter

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

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


def nothing_left() -> None:
    """Wait for nothing: all has been written when the answer comes."""


@dataclass(frozen=True, slots=True)
class Target:
    """A SCIM server: base URL and token, and the processes whose CPU is counted, if they run here.

    `database` are those of its database server; `bare` is the request that its figures are held against, if it has one;
    `settle` returns once it has written what no request waits for.
    """

    name: str
    base: str
    token: str
    processes: Callable[[], Sequence[int]] = field(default=tuple)
    database: Callable[[], Sequence[int]] = field(default=tuple)
    bare: Request | None = None
    settle: Callable[[], None] = nothing_left


@dataclass(frozen=True, slots=True)
class Measured:
    """What a slice of requests took: each answer's seconds, the wall's, CPU seconds of the server and its database."""

    seconds: list[float]
    wall: float
    cpu: float
    database: float

    def __add__(self, other: Measured) -> Measured:
        """Return both, one after the other."""
        return Measured(
            self.seconds + other.seconds, self.wall + other.wall, self.cpu + other.cpu, self.database + other.database
        )


class WrongAnswerError(AssertionError):
    """An answer that does not count: the round is void."""


class Connection:
    """One connection, kept where the server keeps it."""

    def __init__(self, target: Target) -> None:
        parts = urlsplit(target.base)
        self._prefix = parts.path
        self._secured = parts.scheme == "https"
        self._address = (parts.hostname or "127.0.0.1", parts.port or (443 if self._secured else 80))
        self._head = (
            f"Host: {parts.netloc}\r\nAuthorization: Bearer {target.token}\r\nAccept: application/scim+json\r\n"
            "Content-Type: application/scim+json\r\n"
        )
        self._socket: socket.socket | None = None
        self._rest = b""

    def send(self, request: Request) -> tuple[int, bytes]:
        """Return status and body. Raises OSError when the server is not there, goes away, or speaks no HTTP."""
        body = b"" if request.body is None else request.body
        if not isinstance(body, bytes):
            body = orjson.dumps(body)
        path = request.path if request.path.startswith("http:") else self._prefix + request.path
        head = f"{request.method} {path} HTTP/1.1\r\n{self._head}Content-Length: {len(body)}\r\n\r\n"
        if self._socket is None:
            self._socket = self._connected()
        self._socket.sendall(head.encode() + body)
        try:
            return self._answer()
        except (ValueError, IndexError) as error:
            self.close()
            raise OSError(f"{request.method} {request.path[:SHOWN]}: the answer is no HTTP") from error

    def _connected(self) -> socket.socket:
        try:
            made = socket.create_connection(self._address, TIMEOUT_SECONDS)
        except OSError as error:
            raise OSError(f"{self._address[0]}:{self._address[1]} cannot be reached: {error}") from error
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return (
            ssl.create_default_context().wrap_socket(made, server_hostname=self._address[0]) if self._secured else made
        )

    def _answer(self) -> tuple[int, bytes]:
        head = self._until(b"\r\n\r\n").decode("latin-1")
        first, *lines = head.split("\r\n")
        version, status = first.split(" ", 2)[0], int(first.split(" ", 2)[1])
        named = dict(line.lower().split(": ", 1) for line in lines if ": " in line)
        kept = named.get("connection", "close" if version == "HTTP/1.0" else "keep-alive") != "close"
        body = self._body(status, named, kept)
        if not kept:
            self.close()
        return status, body

    def _body(self, status: int, named: Mapping[str, str], kept: bool) -> bytes:
        if status in (204, 304):
            return b""
        if named.get("transfer-encoding") == "chunked":
            return self._chunks()
        if "content-length" in named or kept:
            return self._exactly(int(named.get("content-length", "0")))
        return self._to_the_end()

    def _to_the_end(self) -> bytes:
        assert self._socket is not None
        while more := self._socket.recv(CHUNK):
            self._rest += more
        return self._rest

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
    return verified(request, *connection.send(request))


def ask_once(target: Target, request: Request) -> Any:
    """Do the same over a connection of its own."""
    connection = Connection(target)
    try:
        return ask(connection, request)
    finally:
        connection.close()


def verified(request: Request, status: int, body: bytes) -> Any:
    """Return the decoded body of a right answer, None for none. Raises WrongAnswerError."""
    if status not in request.wanted:
        raise WrongAnswerError(f"{request.method} {request.path[:SHOWN]}: {status} {body[:SHOWN]!r}")
    try:
        read = orjson.loads(body) if body else None
        right = request.check is None or request.check(read)
    except (orjson.JSONDecodeError, LookupError, TypeError, AttributeError):
        right = False
    if not right:
        raise WrongAnswerError(f"{request.method} {request.path[:SHOWN]}: not what was asked for: {body[:SHOWN]!r}")
    return read


def dealt(requests: Sequence[Request], connections: int) -> list[Sequence[Request]]:
    """Return what each of several connections sends, so that neighbours are on their way at the same time."""
    return [requests[start::connections] for start in range(min(connections, len(requests)))]


def measure(target: Target, scripts: Sequence[Sequence[Request]]) -> Measured:
    """Send what each connection has to send, all at once, and return what it took. Raises WrongAnswerError.

    The CPU of what the server writes after its last answer counts.
    """
    server, database, started = Meter(target.processes), Meter(target.database), time.perf_counter()
    with ThreadPoolExecutor(len(scripts)) as pool:
        parts = list(pool.map(lambda script: _work(target, script), scripts))
    wall = time.perf_counter() - started
    target.settle()
    return Measured([one for part in parts for one in part], wall, server.seconds(), database.seconds())


def _work(target: Target, requests: Sequence[Request]) -> list[float]:
    connection, seconds = Connection(target), []
    try:
        for request in requests:
            started = time.perf_counter()
            status, body = connection.send(request)
            seconds.append(time.perf_counter() - started)
            verified(request, status, body)
    finally:
        connection.close()
    return seconds
