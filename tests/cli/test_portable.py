"""Export and import as commands."""

from __future__ import annotations

import json
import stat
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def file(ask: Any, tmp_path: Path) -> Path:
    """An export of an organization with a connection and two people."""
    made = ask("organization", "create", "Acme")
    ask("connection", "create", "--organization", made["id"], "--profile", "standard")
    for name in ("ada", "bob"):
        ask("user", "create", f"{name}@example.com", "--organization", "Acme")
    return tmp_path / "acme.jsonl"


def export(run: Any, name: str, file: Path) -> dict[str, Any]:
    status, out, err = run("organization", "export", name, "--output", str(file))
    assert status == 0, err
    told: dict[str, Any] = json.loads(out)
    return told


def test_export_is_for_its_owner_alone_and_overwrites_nothing(run: Any, file: Path) -> None:
    told = export(run, "acme", file)
    assert told == {"file": str(file), "lines": 6, "users": 2, "groups": 0}
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert run("organization", "export", "acme", "--output", str(file))[0] == 1
    assert run("organization", "export", "nobody", "--output", str(file) + "2")[0] == 1
    assert run("organization", "export", "acme", "--output", str(file / "x" / "y"))[0] == 1
    assert sorted(path.name for path in file.parent.glob("*.partial")) == []


def test_import_into_a_new_installation_and_again(
    run: Any, ask: Any, file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    export(run, "acme", file)
    monkeypatch.setenv("OPTIID_HOME", str(tmp_path / "elsewhere"))
    first = ask("organization", "import", str(file))
    assert (first["created"], first["changed"], first["unchanged"]) == (3, 0, 1)
    again = ask("organization", "import", str(file))
    assert (again["created"], again["changed"], again["unchanged"]) == (0, 0, 4)
    assert {one["userName"] for one in ask("user", "list")} == {"ada@example.com", "bob@example.com"}
    copy = tmp_path / "copy.jsonl"
    export(run, "Acme", copy)
    assert copy.read_bytes() == file.read_bytes()


def test_bad_files_are_one_line(run: Any, file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    export(run, "acme", file)
    monkeypatch.setenv("OPTIID_HOME", str(tmp_path / "elsewhere"))
    lines = file.read_bytes().splitlines(keepends=True)
    bad = tmp_path / "bad.jsonl"
    for content, text in (
        (b"", "Line 1"),
        (lines[0] + b"{", "Line 2"),
        (b"".join(lines[:-1]), "cut off"),
        (b"".join([*lines, lines[2]]), "Line 7"),
    ):
        bad.write_bytes(content)
        status, out, err = run("organization", "import", str(bad))
        assert (status, out, err.count("\n")) == (1, "", 1)
        assert text in err
    assert run("organization", "import", str(tmp_path / "missing"))[0] == 1
    assert run("organization", "import", str(tmp_path))[0] == 1
