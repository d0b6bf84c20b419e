"""What never reaches the application: answered as a SCIM error, and not quoted in the log."""

from __future__ import annotations

import socket
from http.client import HTTPConnection
from typing import Any

import pytest

POST = b"POST /scim/v2/Users HTTP/1.1\r\nHost: x\r\n"


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        (b"NONSENSE\r\n\r\n", 400),
        (b"GET /scim/v2/Users?filter=" + b"x" * 9000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", 414),
        (b"GET /scim/v2/Users HTTP/1.1\r\nHost: x\r\nX-Long: " + b"x" * 9000 + b"\r\n\r\n", 431),
        (POST + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nx", 400),
        (POST + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    ],
)
def test_requests_that_are_no_http_get_a_scim_error(live: Any, raw: bytes, status: int) -> None:
    with socket.create_connection(("127.0.0.1", live.settings.port), timeout=10) as connection:
        connection.sendall(raw)
        answer = b""
        while part := connection.recv(65536):
            answer += part
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(f"HTTP/1.1 {status} ".encode())
    assert b"application/scim+json" in head
    assert f'"status":"{status}"'.encode() in body
    assert b"xxxx" not in body


@pytest.mark.parametrize(
    "raw",
    [
        POST + b"Expect: jane.doe\r\nContent-Length: 1\r\n\r\nx",
        POST + b"Transfer-Encoding: jane.doe\r\n\r\n",
        POST + b"Transfer-Encoding: chunked\r\nContent-Type: application/json\r\n\r\nZZjane.doe\r\n",
        b"GET /scim/v2/Users?filter=jane.doe HTTP/9.9\r\nHost: x\r\n\r\n",
    ],
)
def test_log_quotes_nothing_of_a_refused_request(live: Any, raw: bytes) -> None:
    with socket.create_connection(("127.0.0.1", live.settings.port), timeout=10) as connection:
        connection.sendall(raw)
        while connection.recv(65536):
            pass
    lines = live._log.read_text().splitlines()
    refused = [line for line in lines if "refused a request from 127.0.0.1" in line]
    assert refused
    assert all(line.startswith("{") for line in refused)
    assert not [line for line in lines if "jane.doe" in line]


def test_body_that_nobody_read_does_not_end_the_connection(live: Any) -> None:
    """A client whose long body was refused by its head goes on with the connection, as the answer lets it."""
    connection = HTTPConnection("127.0.0.1", live.settings.port, timeout=10)
    for _ in range(2):
        connection.request("POST", "/scim/v2/Users", b"x" * 200_000)
        answer = connection.getresponse()
        assert answer.read().startswith(b"{")
        assert (answer.status, answer.will_close) == (401, False)
    connection.close()
