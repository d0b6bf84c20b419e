"""Progress on stderr: a line a second in a file, a line that renews itself on a terminal, none when it is quick."""

from __future__ import annotations

from typing import Any

import pytest

from optiid.cli import progress


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    instant = [100.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: instant[0])
    return instant


def test_file_gets_a_line_a_second(clock: list[float], capsys: pytest.CaptureFixture[str]) -> None:
    told = progress.Progress("users", 2000)
    for done in (100, 500, 1000, 1001):
        clock[0] += 0.6
        told(done)
    told.end()
    assert capsys.readouterr().err.splitlines() == [
        "500 of 2,000 users (25%), 417/s, 0:00:04 left",
        "1,001 of 2,000 users (50%), 417/s, 0:00:03 left",
    ]


def test_terminal_gets_a_bar(
    clock: list[float], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress.sys.stderr, "isatty", lambda: True, raising=False)
    told = progress.Progress("lines", 10)
    clock[0] += 1
    told(5)
    told(10)
    told.end()
    err = capsys.readouterr().err
    assert f"\r[{'#' * 15}{' ' * 15}] 5 of 10 lines (50%), 5/s, 0:00:01 left\x1b[K" in err
    assert err.endswith("10 of 10 lines (100%), 10/s\x1b[K\n")


def test_quick_commands_and_unknown_totals(clock: list[float], capsys: pytest.CaptureFixture[str]) -> None:
    told: Any = progress.Progress("lines")
    told(5)
    told.end()
    assert capsys.readouterr().err == ""
    clock[0] += 2
    told(10)
    assert capsys.readouterr().err == "10 lines, 5/s\n"
