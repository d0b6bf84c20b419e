"""Moves and removals as commands: preview first, then an act that says so."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from optiid.cli import main
from optiid.errors import UnavailableError
from optiid.services import relocating
from tests.running import InProcess, Scim, settings_in

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def clients(tmp_path: Path) -> Any:
    """Two connections of one organization, the first with a user and a group; the service they are asked through."""
    service = InProcess(settings_in(tmp_path))
    old = service.scim()
    new = service.as_(service.connect(organization=old.connected.organization))
    old.a_group("Crew", members=[old.a_user("ada@example.com")["id"]])
    yield old, new
    service.database.close()


def ids(*scims: Scim) -> list[str]:
    return [scim.connected.connection for scim in scims]


def test_move_is_shown_and_then_done(run: Any, ask: Any, clients: Any) -> None:
    old, new = clients
    one, other = ids(old, new)
    between = ("connection", "move", "--from", one, "--to", other)
    seen = ask(*between, "--all", "--dry-run")
    assert (seen["users"], seen["groups"], "moved" in seen) == (1, 1, False)
    status, out, err = run(*between, "--all", "--output", "json")
    assert (status, json.loads(out), "--yes" in err) == (1, seen, True)
    assert ask(*between, "--user", "ada@example.com", "--dry-run")["ending"] == 1
    assert ask(*between, "--all", "--yes")["moved"] == 2
    assert new.get("/Users").body["totalResults"] == 1
    assert run(*between, "--all", "--user", "ada@example.com")[0] == 2
    assert run(*between, "--yes")[0] == 1


def test_removal_asks_what_becomes_of_the_users(run: Any, ask: Any, clients: Any) -> None:
    old, new = clients
    one, other = ids(old, new)
    status, out, err = run("connection", "remove", one, "--output", "json")
    assert (status, json.loads(out)["users"], "--keep" in err) == (1, 1, True)
    assert old.get("/Users").status == 200
    assert ask("connection", "remove", one, "--keep")["removed"] is True
    assert old.post("/Users", {"userName": "late"}).status == 401
    assert ask("user", "list")[0]["connection"] == old.connected.organization
    assert ask("connection", "remove", other, "--delete")["fate"] == "delete"
    assert ask("connection", "list") == []
    assert run("connection", "remove", one, "--keep")[0] == 1


def test_doctor_tells_of_what_waits_and_of_what_was_cut_off(
    ask: Any, clients: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = clients
    one, other = ids(old, new)
    ask("connection", "configure", one, "--setting", "adopt=ask")
    ask("user", "create", "hand@example.com", "--organization", old.connected.organization)
    assert old.post("/Users", {"userName": "hand@example.com"}).status == 409

    def crash(*_: Any) -> None:
        raise UnavailableError("The disk is full")

    monkeypatch.setattr(relocating, "_slice", crash)
    with pytest.raises(SystemExit):
        main(["connection", "move", "--from", one, "--to", other, "--all", "--yes"])
    found = {finding["about"]: finding["text"] for finding in ask("doctor")}
    assert "1 wait for a decision" in found["adoption"]
    assert "goes on to its end" in found["move"]
