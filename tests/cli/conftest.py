"""Commands, run in this process."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from optiid.cli import main

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    """Run a command in a data folder of its own; returns exit status, stdout and stderr."""
    monkeypatch.setenv("OPTIID_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)

    def call(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main(list(arguments))
        told = capsys.readouterr()
        return int(ended.value.code or 0), told.out, told.err

    return call


@pytest.fixture
def ask(run: Any) -> Any:
    """Run a command that succeeds and return its JSON."""

    def call(*arguments: str) -> Any:
        status, out, err = run(*arguments, "--output", "json")
        assert status == 0, err
        return json.loads(out)

    return call
