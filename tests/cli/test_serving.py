"""Starting the server: demo and serve as their reader starts them, and what stops a start."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from optiid.errors import SettingsError
from optiid.serving import check_workers, free_port, is_free
from tests.running import ROOT, settings_in

if TYPE_CHECKING:
    from pathlib import Path

POST = b"POST /scim/v2/Users HTTP/1.1\r\nHost: x\r\n"


def start(home: Path, *arguments: str) -> subprocess.Popen[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("OPTIID_")}
    return subprocess.Popen(
        [sys.executable, "app.py", *arguments],
        cwd=ROOT,
        env=environment | {"OPTIID_HOME": str(home)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def read_until(process: subprocess.Popen[str], text: str) -> str:
    told = ""
    assert process.stdout is not None
    for line in process.stdout:
        told += line
        if text in line:
            return told
    raise AssertionError(told)


def stop(process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=30)


def play_demo(home: Path, port: int) -> tuple[str, str]:
    """Start the demo, do what it says, and return the token it told and the line it logged."""
    process = start(home, "demo", "--port", str(port))
    try:
        told = read_until(process, "One line per request")
        base_url = re.search(r"Base URL +(\S+)", told)
        token = re.search(r"token for standard +(\S+)", told)
        assert base_url is not None
        assert token is not None
        curl = re.search(r"(curl .*)", told)
        assert curl is not None
        assert base_url[1] in curl[1]
        for _ in range(100):
            try:
                answer = httpx2.get(f"{base_url[1]}/Users", headers={"Authorization": f"Bearer {token[1]}"})
                break
            except httpx2.ConnectError:
                time.sleep(0.1)
        assert answer.status_code == 200
        return token[1], read_until(process, "/scim/v2/Users")
    finally:
        stop(process)


def test_demo_starts_twice_and_renews_its_tokens(tmp_path: Path) -> None:
    port = free_port("127.0.0.1", 18000)
    first, line = play_demo(tmp_path, port)
    assert "GET" in line
    assert first not in line
    second, _ = play_demo(tmp_path, port)
    assert first != second


def test_demo_takes_the_next_free_port(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        process = start(tmp_path, "demo", "--port", str(taken.getsockname()[1]))
        told = read_until(process, "Base URL")
        stop(process)
    assert "is taken" in told


def test_serve_refuses_a_taken_port(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        process = start(tmp_path, "serve", "--port", str(taken.getsockname()[1]))
        told, _ = process.communicate(timeout=30)
    assert process.returncode == 1
    assert "is in use" in told


def test_several_workers_need_a_safe_sqlite(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="pysqlite3"):
        check_workers(settings_in(tmp_path, workers=2), (3, 40, 1))
    check_workers(settings_in(tmp_path, workers=1), (3, 40, 1))
    check_workers(settings_in(tmp_path, "postgresql://x/y", workers=2), (3, 40, 1))
    check_workers(settings_in(tmp_path, workers=2))


def test_free_ports_are_told(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert not is_free("127.0.0.1", port)
        assert free_port("127.0.0.1", port) > port


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
