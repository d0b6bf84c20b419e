"""Large groups from a running server: whole, cut off for all to see when they cannot be, and nobody else's burden."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from tests.large_groups import a_large_group
from tests.running import PREFIX, ROOT, free_port

if TYPE_CHECKING:
    from pathlib import Path


def values_of(group: dict[str, Any]) -> list[str]:
    return [member["value"] for member in group.get("members", [])]


def values(reply: Any) -> list[str]:
    return values_of(reply.body)


def test_large_group_streams_from_a_running_server(live: Any) -> None:
    scim = live.scim()
    group, members = a_large_group(live.database, scim, 6000)
    for _ in range(2):  # the connection is kept open for the next
        reply = scim.get(f"/Groups/{group}")
        assert values(reply) == members
        assert reply.headers["Transfer-Encoding"] == "chunked"
        assert "Content-Length" not in reply.headers
    assert scim.request("HEAD", f"/Groups/{group}").status == 200
    assert [values_of(one) for one in scim.get("/Groups").body["Resources"]] == [members]
    assert values(scim.get(f"/Groups/{group}?membersStartIndex=5999")) == members[5998:]


def test_clients_that_do_not_read_hold_no_connection_to_the_database(live: Any) -> None:
    scim = live.scim()
    group, members = a_large_group(live.database, scim, 6000)
    request = f"GET {PREFIX}/Groups/{group} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {scim.connected.token}\r\n\r\n"
    idle = []
    for _ in range(20):
        client = socket.socket()
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.connect(("127.0.0.1", live.settings.port))
        client.sendall(request.encode())
        idle.append(client)
    assert values(scim.get(f"/Groups/{group}")) == members
    scim.a_user()
    if live.database.dialect.name == "postgresql":
        name = live.settings.database_url.rpartition("/")[2]
        held = "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = ? AND state LIKE 'idle in transaction%'"
        until = time.monotonic() + 20
        while live.database.row(held, (name,)) != (0,):
            assert time.monotonic() < until
            time.sleep(0.1)
    for client in idle:
        client.close()


def test_fault_amid_an_answer_cuts_the_connection(tmp_path: Path) -> None:
    """The client sees that the end is missing, and not a shorter answer."""
    (tmp_path / "broken.py").write_text(
        "def app(environ, start_response):\n"
        "    start_response('200 OK', [('Content-Type', 'text/plain')])\n"
        "    yield b'a' * 100_000\n"
        "    raise RuntimeError\n"
    )
    port = free_port()
    bind = [sys.executable, "-m", "gunicorn", "-c", "python:optiid.gunicorn_conf", "-b", f"127.0.0.1:{port}", "-w", "1"]
    environment = os.environ | {"PYTHONPATH": f"{tmp_path}:{ROOT}", "OPTIID_HOME": str(tmp_path)}
    process = subprocess.Popen([*bind, "broken:app"], cwd=ROOT, env=environment, stderr=subprocess.DEVNULL)
    try:
        with reached(port) as client:
            client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            received = b""
            with suppress(ConnectionError):
                while part := client.recv(65536):
                    received += part
    finally:
        process.terminate()
        process.wait(30)
    assert received.startswith(b"HTTP/1.1 200 OK")
    assert b"Transfer-Encoding: chunked" in received
    assert not received.endswith(b"0\r\n\r\n")


def reached(port: int) -> socket.socket:
    """Return a connection to a server that begins just now."""
    until = time.monotonic() + 30
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=30)
        except ConnectionRefusedError:
            if time.monotonic() > until:
                raise
            time.sleep(0.05)
