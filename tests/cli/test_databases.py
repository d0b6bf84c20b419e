"""`optiid db backup`, `restore` and `move` as commands."""

from __future__ import annotations

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
