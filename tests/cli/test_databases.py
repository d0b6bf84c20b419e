"""`optiid db backup`, `restore` and `move` as commands."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_backup_and_restore(run: Any, ask: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ask("organization", "create", "Acme")
    copy = tmp_path / "copy"
    made = ask("db", "backup", str(copy))
    assert made == {
        "file": str(copy),
        "database": "sqlite",
        "bytes": copy.stat().st_size,
        "migration": ask("db", "status")["applied"][-1],
    }
    status, out, err = run("db", "backup", str(copy))
    assert (status, out, err.count("\n")) == (1, "", 1)
    ask("organization", "create", "Later")
    status, _, err = run("db", "restore", str(copy))
    assert status == 1
    assert "--replace" in err
    assert ask("db", "restore", str(copy), "--replace") == made | {"pending": []}
    assert [one["name"] for one in ask("organization", "list")] == ["Acme"]
    monkeypatch.setenv("OPTIID_HOME", str(tmp_path / "elsewhere"))
    ask("db", "restore", str(copy))
    assert [one["name"] for one in ask("organization", "list")] == ["Acme"]


def test_move(run: Any, ask: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, postgresql_url: str) -> None:
    ask("organization", "create", "Acme")
    told = ask("db", "move", "--to", postgresql_url)
    assert (told["source"], told["target"], told["resumed"]) == ("sqlite", "postgresql", False)
    assert told["rows"] > 3
    status, out, err = run("db", "move", "--to", postgresql_url)
    assert (status, out) == (1, "")
    assert "has data: name an empty one" in err
    monkeypatch.setenv("OPTIID_DATABASE_URL", postgresql_url)
    assert [one["name"] for one in ask("organization", "list")] == ["Acme"]
    assert ask("db", "move", "--to", f"sqlite:///{tmp_path / 'back.sqlite'}")["rows"] == told["rows"]


def test_move_tells_wrong_targets_in_one_line_without_their_password(run: Any, ask: Any) -> None:
    ask("organization", "create", "Acme")
    for url in ("", "mysql://optiid:hunter2@db/optiid", "postgresql://optiid:hunter2@127.0.0.1:1/optiid"):
        status, out, err = run("db", "move", "--to", url)
        assert (status, out, err.count("\n")) == (1, "", 1), err
        assert "hunter2" not in err


def test_doctor_tells_of_more_connections_than_the_server_takes(
    ask: Any, monkeypatch: pytest.MonkeyPatch, postgresql_url: str
) -> None:
    monkeypatch.setenv("OPTIID_DATABASE_URL", postgresql_url)
    for pool, level in (("16", "ok"), ("5000", "warn")):
        monkeypatch.setenv("OPTIID_DATABASE_POOL", pool)
        found = [one for one in ask("doctor") if one["about"] == "pool"]
        assert [(one["level"], one["text"][:9]) for one in found] == [(level, "2 workers")]


def test_doctor_finds_a_list_that_has_another_number_and_recount_mends_it(run: Any, ask: Any, tmp_path: Path) -> None:
    ask("organization", "create", "Acme")
    ask("user", "create", "ada@example.com", "--organization", "Acme")
    with closing(sqlite3.connect(next(tmp_path.rglob("optiid.sqlite")))) as database, database:
        told = """UPDATE event_counter SET list_counts = replace(list_counts, '[1,', '[7,')"""
        assert database.execute(told).rowcount == 1
    status, out, _ = run("doctor")
    assert status == 1
    assert "is told to have 7, and has 1: optiid db recount" in out
    assert ask("db", "recount") == {"lists": 1}
    assert "fail" not in {one["level"] for one in ask("doctor")}
