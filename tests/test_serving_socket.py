"""The socket that threads are given: it waits for nobody."""

from __future__ import annotations

import socket

import pytest

from optiid.serving_socket import ClientSocket

MUCH = bytes(range(256)) * 40_000


def test_thread_reads_what_arrived_and_no_more() -> None:
    here, there = socket.socketpair()
    client = ClientSocket(here, 100)
    client.setblocking(True)
    client.settimeout(9)
    assert client.receive() is None
    there.sendall(b"GET / HTTP/1.1\r\n\r\nGET")
    assert client.recv(100) == b""
    data = client.receive()
    assert data is not None
    assert client.arrival.take(data) == b"GET"
    assert (client.recv(100), client.recv(100)) == (b"GET / HTTP/1.1\r\n\r\n", b"")
    client.expect_next()
    assert not client.arrival.began
    there.close()
    assert client.receive() == b""
    client.close()


def test_answer_that_nobody_reads_is_kept_and_sent_later() -> None:
    here, there = socket.socketpair()
    client = ClientSocket(here, 100)
    client.sendall(MUCH)
    client.sendall(b"end")
    assert 0 < client.unsent < len(MUCH) + 3
    assert not client.flush()
    got = b""
    while len(got) < len(MUCH) + 3:
        got += there.recv(1 << 20)
        client.flush()
    assert got == MUCH + b"end"
    assert (client.flush(), client.unsent) == (True, 0)
    client.close()
    there.close()


def test_client_that_is_gone_is_told() -> None:
    here, there = socket.socketpair()
    client = ClientSocket(here, 100)
    there.close()
    with pytest.raises(OSError, match="Broken pipe"):
        client.sendall(b"x")
    assert client.receive() == b""
    client.close()
