"""How many workers a machine gets."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from optiid.settings import load_settings, machine

if TYPE_CHECKING:
    from pathlib import Path

GIB = 1024 * machine.MIB


@pytest.mark.parametrize(
    ("processors", "memory", "workers"),
    [
        (1, 4 * GIB, 2),
        (2, 4 * GIB, 2),
        (2.5, 4 * GIB, 3),
        (4, 4 * GIB, 4),
        (4, GIB // 2, 2),
        (4, GIB * 3 // 4, 3),
        (64, 256 * GIB, 6),
    ],
)
def test_workers_follow_processors_and_memory(processors: float, memory: int, workers: int) -> None:
    assert machine.best_workers(processors, memory) == workers


def test_limits_of_a_control_group_count(tmp_path: Path) -> None:
    there, all_memory = machine.processors(tmp_path), machine.memory(tmp_path)
    assert there >= 1
    (tmp_path / "cpu.max").write_text("50000 100000\n")
    (tmp_path / "memory.max").write_text(f"{GIB // 4}\n")
    assert (machine.processors(tmp_path), machine.memory(tmp_path)) == (0.5, GIB // 4)
    (tmp_path / "cpu.max").write_text("max 100000\n")
    (tmp_path / "memory.max").write_text("max\n")
    assert (machine.processors(tmp_path), machine.memory(tmp_path)) == (there, all_memory)


def test_workers_that_are_given_stand() -> None:
    assert load_settings({"OPTIID_WORKERS": "9"}).workers == 9
    assert load_settings({}).workers == machine.best_workers(machine.processors(), machine.memory())
