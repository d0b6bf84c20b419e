"""Slow clients hold connections, never threads; what does not arrive in time is cut (rule R16)."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from typing import TYPE_CHECKING

import pytest

from optiid.clock import new_id
from optiid.scim.resource_types import USER as USER_TYPE
from optiid.serving_bounds import allow_files
from optiid.serving_worker import CONNECTIONS, OPEN_FILES
from optiid.storage import resources
from optiid.storage.resources import Scope
from tests.honest import Honest
from tests.running import Live, free_port, settings_in

if TYPE_CHECKING:
    from collections.abc import Iterator

SLOW = 64
HOLDING_SECONDS = 4
HEAD = "POST /scim/v2/Users HTTP/1.1\r\nHost: x\r\nContent-Type: application/scim+json\r\n"
ADDRESSES = 4


@pytest.fixture(scope="module")
def patient(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """A server with the settings that everybody has."""
    running = Live(settings_in(tmp_path_factory.mktemp("patient"), port=free_port()))
    yield running
    running.stop()


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """A server that waits for a second, and takes few connections of an address."""
    bounds = {"OPTIID_ARRIVAL_SECONDS": "1", "OPTIID_CONNECTIONS_PER_ADDRESS": str(ADDRESSES)}
    bounds["OPTIID_TRUSTED_PROXIES"] = "192.0.2.1"
    running = Live(settings_in(tmp_path_factory.mktemp("strict"), port=free_port()), 1, **bounds)
    yield running
    running.stop()


def connect(live: Live, receive_buffer: int = 0) -> socket.socket:
    client = socket.socket()
    if receive_buffer:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    client.settimeout(15)
    client.connect(("127.0.0.1", live.settings.port))
    return client


def drip(clients: list[socket.socket], done: threading.Event) -> None:
    while not done.wait(0.3):
        for client in clients:
            with contextlib.suppress(OSError):
                client.sendall(b"x")


@contextlib.contextmanager
def slow_clients(live: Live, token: str, kinds: tuple[str, ...]) -> Iterator[None]:
    """Hold so many connections in turn by an unfinished head, an unfinished body, an unread answer, and by nothing."""
    begun = {
        "head": f"{HEAD}X-Slow: ",
        "body": f"{HEAD}Content-Length: 100000\r\n\r\n",
        "chunks": f"{HEAD}Transfer-Encoding: chunked\r\n\r\nffff\r\n",
        "answer": f"GET /scim/v2/Users?count=200 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\r\n",
        "nothing": "",
    }
    clients: list[socket.socket] = []
    dripping, done = [], threading.Event()
    for number in range(SLOW):
        kind = kinds[number % len(kinds)]
        clients.append(connect(live, 2048 if kind == "answer" else 0))
        clients[-1].sendall(begun[kind].encode())
        if kind in ("head", "body", "chunks"):
            dripping.append(clients[-1])
    thread = threading.Thread(target=drip, args=(dripping, done))
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
        for client in clients:
            client.close()


def fill(live: Live, organization: str, connection: str) -> None:
    """Make users whose page is larger than what a kernel holds for a client that does not read."""
    long = "x" * 4000
    database = live.database

    def write() -> None:
        for number in range(200):
            document = {"userName": f"large{number}@example.com", "title": long, "displayName": long, "nickName": long}
            scope = Scope(organization, connection)
            resources.insert(database, scope, USER_TYPE, new_id(), document, "living")

    database.transaction(write)


@pytest.mark.parametrize(
    "kinds", [("head", "body", "answer", "nothing", "chunks"), pytest.param(("answer",), marks=pytest.mark.soak)]
)
def test_honest_clients_are_served_beside_slow_ones(patient: Live, kinds: tuple[str, ...]) -> None:
    slow, connected = patient.connect(), patient.connect()
    fill(patient, slow.organization, slow.connection)
    with slow_clients(patient, slow.token, kinds), Honest(patient, connected) as honest:
        time.sleep(HOLDING_SECONDS)
    assert len(honest.seconds) > 40
    assert honest.served >= 0.95, honest.failures[:5]
    assert max(honest.seconds) < 4


def read_all(client: socket.socket) -> bytes:
    return b"".join(iter(lambda: client.recv(65536), b""))


@pytest.mark.parametrize("begun", [HEAD, f"{HEAD}Content-Length: 9\r\n\r\nhalf"], ids=["head", "body"])
def test_what_does_not_arrive_in_time_is_cut_with_a_scim_error(strict: Live, begun: str) -> None:
    started = time.monotonic()
    with connect(strict) as client:
        client.sendall(begun.encode())
        answer = read_all(client)
    assert answer.startswith(b"HTTP/1.1 408 Request Timeout\r\n")
    assert b'"status":"408"' in answer
    assert 0.9 < time.monotonic() - started < 6


def test_connection_without_a_request_is_closed(strict: Live) -> None:
    with connect(strict) as client:
        assert read_all(client) == b""


def test_address_has_a_limit_of_connections(strict: Live) -> None:
    time.sleep(0.1)
    held = [connect(strict) for _ in range(ADDRESSES + 2)]
    answers = []
    for client in held:
        client.settimeout(0.3)
        with contextlib.suppress(TimeoutError):
            answers.append(client.recv(65536))
    for client in held:
        client.close()
    refused = [answer for answer in answers if answer]
    assert len(refused) >= 2
    assert all(answer.startswith(b"HTTP/1.1 429 ") and b"Retry-After: " in answer for answer in refused)
    time.sleep(0.2)
    with connect(strict) as client:
        client.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert read_all(client).startswith(b"HTTP/1.1 200 ")


def test_idle_connections_make_room_for_others(patient: Live) -> None:
    allow_files(OPEN_FILES)
    with contextlib.ExitStack() as stack:
        for _ in range(2 * CONNECTIONS + 100):  # more than both workers take
            stack.enter_context(connect(patient))
        with connect(patient) as client:
            client.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            assert read_all(client).startswith(b"HTTP/1.1 200 ")


def test_client_that_waits_for_100_is_told_to_go_on(strict: Live) -> None:
    with connect(strict) as client:
        client.sendall(f"{HEAD}Expect: 100-continue\r\nContent-Length: 2\r\nConnection: close\r\n\r\n".encode())
        assert client.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        client.sendall(b"{}")
        assert read_all(client).startswith(b"HTTP/1.1 401 ")


def test_requests_in_a_row_are_answered_in_order(strict: Live) -> None:
    with connect(strict) as client:
        client.sendall(b"\r\nGET /healthz HTTP/1.1\r\nHost: x\r\n\r\n" * 5)
        client.sendall(b"GET /nothing HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        answers = read_all(client)
    assert answers.count(b"HTTP/1.1 200 OK") == 5
    assert answers.count(b"HTTP/1.1 404 ") == 1
