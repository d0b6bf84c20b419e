"""The audit trail as commands."""

from __future__ import annotations

import json
import sqlite3
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path


def tamper(tmp_path: Path, sql: str) -> None:
    connection = sqlite3.connect(tmp_path / "optiid.sqlite")
    with connection:
        connection.execute(sql)
    connection.close()


def test_entries_are_listed(run: Any, ask: Any) -> None:
    acme = ask("organization", "create", "Acme")["id"]
    made = ask("connection", "create", "--organization", "Acme", "--profile", "standard")["id"]
    ask("connection", "pause", made)
    found = ask("audit", "list", "--organization", "Acme")
    assert [(one["sequence"], one["author"], one["action"], one["target"]) for one in found] == [
        (1, "command-line", "organization.created", acme),
        (2, "command-line", "connection.created", made),
        (3, "command-line", "connection.paused", made),
    ]
    assert ask("audit", "list", "--organization", "Acme", "--action", "connection.paused") == found[2:]
    assert ask("audit", "list", "--organization", "Acme", "--after", "1", "--limit", "1") == found[1:2]
    assert "connection.paused" in run("audit", "list", "--organization", "Acme")[1]


def test_tampering_is_found(run: Any, ask: Any, tmp_path: Path) -> None:
    for name in ("Acme", "Umbrella"):
        ask("organization", "create", name)
    assert [(one["entries"], one["faults"]) for one in ask("audit", "verify")] == [(1, []), (1, [])]
    tamper(tmp_path, "UPDATE audit_entry SET author = 'worker' WHERE action = 'organization.created'")
    status, out, _ = run("audit", "verify", "--organization", "Acme", "--output", "json")
    assert (status, json.loads(out)[0]["faults"][0][:10]) == (1, "entry 1 of")


def test_anchor_proves_what_was_there(run: Any, ask: Any, tmp_path: Path) -> None:
    ask("organization", "create", "Acme")
    kept = tmp_path / "anchors"
    kept.write_text(run("audit", "anchor")[1])
    ask("connection", "create", "--organization", "Acme", "--profile", "standard")
    (verdict,) = ask("audit", "verify", "--anchors", str(kept))
    assert (verdict["anchors"], verdict["faults"]) == (1, [])
    tamper(tmp_path, "DELETE FROM audit_entry")
    tamper(tmp_path, "UPDATE event_counter SET audit_sequence = 0, audit_head = ''")
    assert run("audit", "verify")[0] == 0
    assert run("audit", "verify", "--anchors", str(kept))[0] == 1


def test_file_without_anchors_is_told(run: Any, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.write_text("")
    for file in (empty, tmp_path / "missing"):
        status, _, err = run("audit", "verify", "--anchors", str(file))
        assert (status, err.count("\n")) == (1, 1)
