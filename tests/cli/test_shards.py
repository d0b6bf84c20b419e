"""Commands on an installation of several shards find what they name, wherever it lies."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from optiid.storage.shards import Shards
from tests.shards import EAST, Sharded, two_shards

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
    client = ask("client", "create", made["id"], "--name", "Provider")["client_id"]
    assert ask("client", "rotate", client)["client_id"] == client == ask("client", "list", made["id"])[0]["id"]
    assert ask("client", "revoke", client)["revoked"]
    key = ask("key", "create", "Portal", "--organization", "There")
    assert ask("key", "revoke", key["id"])["revoked"]
    ask("user", "create", "ada@example.com", "--organization", "There")
    assert [one["userName"] for one in ask("user", "list")] == ["ada@example.com"]
    assert ask("user", "show", "ada@example.com")["organization"] == there["id"]
    assert len(ask("audit", "verify")) == 2
    done = ask("worker", "--once")
    assert (set(done.values()), done["ended moves"]) == ({0}, 0)
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


@pytest.mark.usefixtures("two")
def test_backup_is_of_all_shards_and_restore_of_all_or_one(
    ask: Any, run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = str(tmp_path / "copy")
    ask("organization", "create", "Here")
    ask("organization", "create", "There", "--shard", EAST)
    made = ask("db", "backup", folder)
    assert [(one["shard"], one["file"]) for one in made] == [(EAST, f"{folder}/east"), ("first", f"{folder}/first")]
    ask("organization", "create", "Later", "--shard", EAST)
    status, _, err = run("db", "restore", folder)
    assert (status, "--replace" in err) == (1, True)
    assert [one["shard"] for one in ask("db", "restore", folder, "--shard", EAST, "--replace")] == [EAST]
    assert [one["name"] for one in ask("organization", "list")] == ["Here", "There"]
    assert [one["shard"] for one in ask("db", "restore", folder, "--replace")] == [EAST, "first"]
    ask("organization", "create", "Later")
    (tmp_path / "file").write_bytes(b"SQLite format 3")
    for wrong in (str(tmp_path / "file"), "nowhere"):
        status, _, err = run("db", "restore", wrong, "--replace")
        assert (status, "is no backup of several shards" in err) == (1, True)
    monkeypatch.delenv("OPTIID_SHARDS")
    for more in ([], ["--shard", EAST]):
        status, _, err = run("db", "restore", folder, "--replace", *more)
        assert (status, "name these by the setting `shards`" in err) == (1, True)


@pytest.mark.usefixtures("two")
def test_shard_moves_to_another_database(ask: Any, run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ask("organization", "create", "There", "--shard", EAST)
    target = f"sqlite:///{tmp_path}/new.sqlite"
    for more, words in (([], "by --shard: first, east"), (["--shard", "west"], "There is no shard 'west'")):
        status, _, err = run("db", "move", "--to", target, *more)
        assert (status, words in err) == (1, True)
    ask("db", "move", "--to", target, "--shard", EAST)
    monkeypatch.setenv("OPTIID_SHARDS", f"{EAST}={target}")
    assert ask("organization", "show", "There")["name"] == "There"


@pytest.mark.usefixtures("two")
def test_import_goes_where_the_organization_lies(ask: Any, run: Any, tmp_path: Path) -> None:
    there = ask("organization", "create", "There", "--shard", EAST)
    ask("organization", "create", "Here")
    ask("connection", "create", "--organization", "There", "--profile", "standard")
    ask("user", "create", "ada@example.com", "--organization", "There")
    file = str(tmp_path / "there.jsonl")
    assert run("organization", "export", "There", "--output", file)[0] == 0
    told = ask("organization", "import", file)
    assert (told["organization"], told["created"]) == (there["id"], 0)
    status, _, err = run("organization", "import", file, "--organization", "Here")
    assert (status, f"{there['id']} lies on shard east: import into that one, or" in err) == (1, True)
    assert len(ask("organization", "list")) == 2


@pytest.mark.usefixtures("two")
def test_import_makes_an_organization_on_the_shard_that_is_named(
    ask: Any, run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPTIID_HOME", str(tmp_path / "elsewhere"))
    file, shards = str(tmp_path / "acme.jsonl"), f"{EAST}=sqlite:///{tmp_path}/east.sqlite"
    monkeypatch.delenv("OPTIID_SHARDS")
    made = ask("organization", "create", "Acme")
    assert run("organization", "export", "Acme", "--output", file)[0] == 0
    monkeypatch.setenv("OPTIID_HOME", str(tmp_path))
    monkeypatch.setenv("OPTIID_SHARDS", shards)
    assert ask("organization", "import", file, "--shard", EAST)["organization"] == made["id"]
    status, _, err = run("organization", "create", "ACME")
    assert (status, "exists already" in err) == (1, True)
    opened = Shards(two_shards(tmp_path))
    opened.first.transaction(lambda: opened.first.execute("DELETE FROM shard_placement WHERE organization <> ''"))
    opened.close()
    (text,) = [one["text"] for one in ask("doctor") if one["about"] == "shards"]
    assert text.endswith(f"the map does not know: `optiid organization place {made['id']} --shard east`")
    assert ask("organization", "place", "Acme", "--shard", EAST)["rows"] == 0
    assert [one for one in ask("doctor") if one["about"] == "shards"] == []


@pytest.mark.usefixtures("two")
def test_commands_that_name_connections_and_requests_find_them(ask: Any, run: Any, tmp_path: Path) -> None:
    ask("organization", "create", "Here")
    ask("organization", "create", "There", "--shard", EAST)
    one, other = (
        ask("connection", "create", "--organization", "There", "--profile", "standard", "--name", name)["id"]
        for name in ("One", "Other")
    )
    assert ask("connection", "move", "--from", one, "--to", other, "--all", "--dry-run")["users"] == 0
    running = Sharded(two_shards(tmp_path))
    headers = {"Authorization": f"Bearer {ask('token', 'create', one)['token']}"}
    reply = running.send("POST", "/scim/v2/Users", b'{"userName": "ada@example.com"}', headers)
    running.close()
    assert [line["method"] for line in ask("log", "show", reply.headers["X-Request-Id"])] == ["POST"]
    status, _, err = run("log", "show", "req_unknown")
    assert (status, "has no request 'req_unknown'" in err) == (1, True)
