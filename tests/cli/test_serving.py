"""Starting the server: demo and serve as their reader starts them, and what stops a start."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import httpx2

from optiid.credentials import is_genuine, is_genuine_key
from optiid.serving import free_port
from tests.profiles.profile_folder import write_plugin
from tests.running import ROOT, InProcess, settings_in

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def start(home: Path, *arguments: str, **settings: str) -> subprocess.Popen[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("OPTIID_")}
    return subprocess.Popen(
        [sys.executable, "app.py", *arguments],
        cwd=ROOT,
        env=environment | {"OPTIID_HOME": str(home)} | settings,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def read_until(process: subprocess.Popen[str], text: str, whole: str | None = None) -> str:
    """Read until a line holds `text`, or is `whole`."""
    told = ""
    assert process.stdout is not None
    for line in process.stdout:
        told += line
        if line == whole or (whole is None and text in line):
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


def test_demo_tells_machines_in_one_document(tmp_path: Path) -> None:
    port = free_port("127.0.0.1", 18100)
    process = start(tmp_path, "demo", "--port", str(port), "--output", "json")
    told = json.loads(read_until(process, "", whole="}\n"))
    stop(process)
    assert told["base_url"] == f"http://127.0.0.1:{port}/scim/v2"
    assert is_genuine(told["tokens"]["standard"])
    assert is_genuine_key(told["key"])


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


def test_serve_tells_of_a_missing_profile_in_a_line(tmp_path: Path) -> None:
    environment = {"OPTIID_HOME": str(tmp_path), "OPTIID_PROFILES_ENABLED": "nobody"}
    done = subprocess.run(
        [sys.executable, "app.py", "serve", "--port", "18400"],
        cwd=ROOT,
        env={name: value for name, value in os.environ.items() if not name.startswith("OPTIID_")} | environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("Error: There is no profile 'nobody'")


def test_reload_takes_up_a_changed_plugin(tmp_path: Path) -> None:
    text = "\n@hookimpl\ndef shape_discovery(kind, document, context):\n    return document | {'told': %d}\n"
    write_plugin(tmp_path / "plugins", "acme", text % 1)
    settings = settings_in(tmp_path, profiles_folder=str(tmp_path / "plugins"))
    tenants = InProcess(settings)
    headers = {"Authorization": f"Bearer {tenants.connection('acme')}"}
    tenants.database.close()
    port = free_port("127.0.0.1", 18500)
    process = start(tmp_path, "serve", "--reload", "--port", str(port), OPTIID_PROFILES_FOLDER=settings.profiles_folder)
    url = f"http://127.0.0.1:{port}/scim/v2/ServiceProviderConfig"

    def tells(number: int) -> bool:
        for _ in range(300):
            with contextlib.suppress(httpx2.HTTPError, ValueError):
                if httpx2.get(url, headers=headers).json().get("told") == number:
                    return True
            time.sleep(0.1)
        return False

    try:
        assert tells(1)
        time.sleep(1.5)  # the watcher looks once a second
        write_plugin(tmp_path / "plugins", "acme", text % 2)
        assert tells(2)
    finally:
        stop(process)


def test_reload_is_for_one_worker(tmp_path: Path) -> None:
    process = start(tmp_path, "serve", "--reload", "--workers", "2")
    told, _ = process.communicate(timeout=30)
    assert (process.returncode, "leave --workers out" in told) == (2, True)


def test_doctor_tells_what_the_server_is_given(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def told() -> list[tuple[str, str]]:
        lines = json.loads(run("doctor", "--output", "json")[1])
        return [(one["level"], one["text"]) for one in lines if one["about"] == "server"]

    assert [level for level, _ in told()] == ["ok"]
    monkeypatch.setenv("OPTIID_WORKERS", "100000")
    ((level, text),) = told()
    assert level == "warn"
    assert "100000 workers of 12 threads may need more memory" in text
    monkeypatch.setenv("OPTIID_WORKERS", "1")
    monkeypatch.setenv("OPTIID_THREADS", "20")
    monkeypatch.setenv("OPTIID_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    assert [level for level, _ in told()] == ["ok", "warn"]
    assert told()[1][1].endswith("set database_pool to 22 or more")
