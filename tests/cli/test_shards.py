"""Commands on an installation of several shards find what they name, wherever it lies."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.shards import EAST

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def two(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let commands have a second shard."""
    monkeypatch.setenv("OPTIID_SHARDS", f"{EAST}=sqlite:///{tmp_path}/east.sqlite")


@pytest.mark.usefixtures("two")
def test_commands_open_the_shard_of_what_they_name(ask: Any, run: Any) -> None:
    here = ask("organization", "create", "Here")
    there = ask("organization", "create", "There", "--shard", EAST)
    assert [one["id"] for one in ask("organization", "list")] == [here["id"], there["id"]]
    assert ask("organization", "show", "there")["id"] == there["id"]
    made = ask("connection", "create", "--organization", "There", "--profile", "standard")
    assert [one["id"] for one in ask("connection", "list")] == [made["id"]]
    assert ask("connection", "list", "--organization", "Here") == []
    token = ask("token", "create", made["id"])
    assert [one["id"] for one in ask("token", "list", made["id"])] == [token["id"]]
    assert ask("token", "revoke", token["id"])["revoked"]
    key = ask("key", "create", "Portal", "--organization", "There")
    assert ask("key", "revoke", key["id"])["revoked"]
    ask("user", "create", "ada@example.com", "--organization", "There")
    assert [one["userName"] for one in ask("user", "list")] == ["ada@example.com"]
    assert ask("user", "show", "ada@example.com")["organization"] == there["id"]
    assert len(ask("audit", "verify")) == 2
    assert set(ask("worker", "--once").values()) == {0}
    status, _, err = run("token", "revoke", "unknown")
    assert (status, "There is no token 'unknown'" in err) == (1, True)


@pytest.mark.usefixtures("two")
def test_no_two_organizations_of_all_shards_share_a_name(ask: Any, run: Any) -> None:
    ask("organization", "create", "Acme", "--shard", EAST)
    ask("organization", "create", "Other")
    for name, where in (("acme", []), ("OTHER", ["--shard", EAST]), ("Acme", ["--shard", EAST])):
        status, _, err = run("organization", "create", name, *where)
        assert (status, err) == (1, f"Error: An organization named {name!r} exists already\n")
    ask("organization", "create", "Third")
    status, _, err = run("organization", "create", "Fourth", "--shard", "west")
    assert (status, "There is no shard 'west': the setting `shards` has first, east" in err) == (1, True)


@pytest.mark.usefixtures("two")
def test_tables_of_all_shards_are_made_and_looked_at(ask: Any, run: Any) -> None:
    assert [(one["shard"], one["pending"]) for one in ask("db", "status")] == [("first", []), (EAST, [])]
    assert [(one["shard"], one["applied"]) for one in ask("db", "migrate")] == [("first", []), (EAST, [])]
    _, out, _ = run("doctor", "--output", "json")
    texts = [one["text"] for one in json.loads(out) if one["about"] == "database"]
    assert [text.partition(":")[0] for text in texts] == ["shard first", "shard east"]


def test_shard_that_cannot_be_reached_is_told(ask: Any, run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPTIID_SHARDS", "east=postgresql://optiid@127.0.0.1:1/none")
    made = ask("organization", "create", "Here")
    status, out, err = run("organization", "list", "--output", "json")
    assert (status, [one["id"] for one in json.loads(out)]) == (0, [made["id"]])
    assert err.startswith("Shard east is left out: The database cannot be used")
    assert ask("organization", "show", "Here")["id"] == made["id"]
    status, _, err = run("organization", "show", "There")
    assert (status, "'There' was not found, and shard east cannot be reached" in err) == (1, True)
    status, out, _ = run("doctor", "--output", "json")
    failed = [one["text"] for one in json.loads(out) if one["level"] == "fail"]
    assert (status, [text[:29] for text in failed]) == (1, ["shard east: The database cann"])
