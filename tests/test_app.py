"""The bootstrap's own parts; the whole of it is what `python3 app.py` does before each test run."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import app

ROOT = Path(app.__file__).resolve().parent


def test_page_long_and_of_the_standard_library() -> None:
    text = (ROOT / "app.py").read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 110
    imported = {
        (node.module or "").split(".")[0] if isinstance(node, ast.ImportFrom) else node.names[0].name.split(".")[0]
        for node in ast.walk(ast.parse(text))
        if isinstance(node, (ast.Import, ast.ImportFrom))
    }
    assert imported - set(sys.stdlib_module_names) == {"optiid"}


def test_locks_hold_hashes_only_and_name_no_host() -> None:
    for lock in app.LOCKS.values():
        text = lock.read_text(encoding="utf-8")
        assert "://" not in text
        assert text.count("==") <= text.count("--hash=sha256:")
        assert "pysqlite3" in app.locked_versions(lock)


def test_dependencies_are_locked() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    needs = {"run": project["dependencies"] + extras["postgresql"], "test": extras["test"], "fuzz": extras["fuzz"]}
    for lock, needed in needs.items():
        locked = {name.lower().replace("_", "-") for name in app.locked_versions(app.LOCKS[lock])}
        for requirement in needed:
            name = re.split(r"[\[<>=]", requirement)[0].lower().replace("_", "-")
            assert name in locked | {"optiid"}, requirement


def test_fuzzing_goes_on_with_what_is_tested() -> None:
    """Everything of the tests in the same version, and one thing more."""
    fuzz, test = (app.locked_versions(app.LOCKS[name]) for name in ("fuzz", "test"))
    assert set(fuzz.items()) - set(test.items()) == {("atheris", fuzz["atheris"])}
    assert set(test.items()) <= set(fuzz.items())


def test_this_environment_is_the_locked_one(tmp_path: Path) -> None:
    assert app.is_installed(app.LOCKS["test"])
    other = tmp_path / "lock.txt"
    other.write_text("flask==0.1 \\\n    --hash=sha256:0\n")
    assert not app.is_installed(other)
    other.write_text("no-such-package==1\n")
    assert not app.is_installed(other)


def test_old_python_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app, "OLDEST_PYTHON", (99, 0))
    with pytest.raises(SystemExit, match=r"needs Python 3\.11"):
        app.main()


def test_endless_restarts_are_cut_short(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    lock = ROOT / "optiid" / "locks" / "run.txt"
    monkeypatch.setattr(app, "is_installed", lambda _: False)
    monkeypatch.setenv(app.STARTED_AGAIN, "installed")
    with pytest.raises(SystemExit, match="--require-hashes"):
        app.ensure_environment(lock)


def test_command_is_the_optiid_command() -> None:
    done = subprocess.run([sys.executable, "app.py", "--version"], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("optiid, version ")
