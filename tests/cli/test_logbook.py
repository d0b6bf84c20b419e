"""The logbook as commands."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from optiid.cli import logbook as command
from tests.running import InProcess, settings_in

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def organization(tmp_path: Path) -> Any:
    """An organization for which three requests were made; the last is refused."""
    service = InProcess(settings_in(tmp_path))
    scim = service.scim()
    scim.a_user("ada@example.com")
    scim.find("/Users", 'userName eq "bob@example.com"')
    scim.post("/Users", {"userName": "Ada@example.com"})
    service.service.logbook.flush()
    yield scim.connected.organization
    service.database.close()


def test_last_lines_are_shown(run: Any, ask: Any, organization: str) -> None:
    found = ask("log", "tail", "--organization", organization)
    assert [one["status"] for one in found] == [201, 200, 409]
    tail = ("log", "tail", "--organization", organization)
    assert ask(*tail, "--limit", "1") == found[2:]
    assert ask(*tail, "--person", "ada@example.com") == [found[0], found[2]]
    assert ask(*tail, "--status", "409") == ask(*tail, "--status", "refused") == found[2:]
    assert ask(*tail, "--status", "failed", "--since", "2020") == []
    assert "found 0" in run(*tail)[1]
    assert run(*tail, "--status", "soon")[0] == 2


def test_request_is_shown(run: Any, ask: Any, organization: str) -> None:
    found = ask("log", "tail", "--organization", organization)[0]
    assert ask("log", "show", found["request"]) == [found]
    assert "ada@example.com" in run("log", "show", found["request"], "--organization", organization)[1]
    assert run("log", "show", "req_nothing")[0] == 1


def test_lines_are_exported(run: Any, ask: Any, organization: str, tmp_path: Path) -> None:
    file = tmp_path / "lines.jsonl"
    export = ("log", "export", "--organization", organization, "--file", str(file))
    assert ask(*export) == {"file": str(file), "lines": 3}
    assert file.stat().st_mode & 0o077 == 0
    told = [json.loads(line) for line in file.read_text().splitlines()]
    assert told == ask("log", "tail", "--organization", organization)
    assert run(*export)[0] == 1
    assert run(*export[:-1], str(tmp_path / "no" / "where"))[0] == 1


def test_new_lines_follow(run: Any, organization: str, monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []

    def pause(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 3:
            raise KeyboardInterrupt

    monkeypatch.setattr(command.time, "sleep", pause)
    status, out, _ = run("log", "tail", "--organization", organization, "--follow", "--output", "json")
    assert (status, len([json.loads(line) for line in out.splitlines()])) == (130, 3)
