"""Bodies as a broken or hostile client sends them, over a real socket."""

from __future__ import annotations

import socket
from typing import Any

import pytest


def send(live: Any, token: str, head: str, body: bytes, *, close: bool = False) -> bytes:
    """Return the status line that raw bytes are answered with."""
    lines = f"POST /scim/v2/Users HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n{head}\r\n\r\n"
    with socket.create_connection(("127.0.0.1", live.settings.port), timeout=15) as connection:
        connection.sendall(lines.encode() + body)
        if close:
            connection.shutdown(socket.SHUT_WR)
        return connection.recv(65536).split(b"\r\n")[0]


def chunk(data: bytes) -> bytes:
    return f"{len(data):x}\r\n".encode() + data + b"\r\n"


@pytest.mark.parametrize(
    "body",
    [b"zz\r\n", b"-1\r\n\r\n", b"\r\n\r\n", b"2\r\n{}X\r\n0\r\n\r\n", chunk(b'{"userName":"cut"}')],
)
def test_broken_chunks_are_the_clients_fault(live: Any, body: bytes) -> None:
    scim = live.scim()
    answer = send(live, scim.connected.token, "Transfer-Encoding: chunked", body, close=True)
    assert answer.startswith(b"HTTP/1.1 400")
    assert scim.get("/Users").body["totalResults"] == 0


def test_chunked_body_is_taken_up_to_the_limit(live: Any) -> None:
    scim = live.scim()
    sound = chunk(b'{"userName":') + chunk(b'"chunked@example.com"}') + b"0\r\n\r\n"
    assert b" 201 " in send(live, scim.connected.token, "Transfer-Encoding: chunked", sound)
    long = chunk(b'{"userName":"long@example.com"}' + b" " * 1_100_000) + b"0\r\n\r\n"
    assert b" 413 " in send(live, scim.connected.token, "Transfer-Encoding: chunked", long)
    assert scim.get("/Users").body["totalResults"] == 1


def test_body_that_ends_early_is_no_body(live: Any) -> None:
    scim = live.scim()
    answer = send(live, scim.connected.token, "Content-Length: 500", b'{"userName":"cut"}', close=True)
    assert b" 400 " in answer
    assert scim.get("/Users").body["totalResults"] == 0


def test_link_to_the_manager_is_the_servers(live: Any) -> None:
    scim = live.scim()
    urn = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
    boss = scim.a_user()
    for value, link in ((boss["id"], boss["meta"]["location"]), ("elsewhere", None)):
        user = scim.a_user(**{urn: {"manager": {"value": value, "$ref": "http://evil.example"}}})
        assert user[urn]["manager"].get("$ref") == link
