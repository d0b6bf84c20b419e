"""What this process may use of its machine, and how many workers serve best there (the figures are in operating.md)."""

from __future__ import annotations

import math
import os
from pathlib import Path

CONTROL_GROUP = Path("/sys/fs/cgroup")
MIB = 1024 * 1024
# One answers while the other is replaced, or works long.
LEAST_WORKERS = 2
# Together they open as many connections as PostgreSQL takes when nobody configured it.
MOST_WORKERS = 6
WORKER_MEMORY = 256 * MIB


def processors(group: Path = CONTROL_GROUP) -> float:
    """Return how many processors this process may use at once."""
    seen = float(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1)
    quota, _, period = _read(group / "cpu.max").partition(" ")
    return min(seen, int(quota) / int(period)) if quota.isdecimal() and period.isdecimal() else seen


def memory(group: Path = CONTROL_GROUP) -> int:
    """Return how many bytes of memory this process may use."""
    there = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    limit = _read(group / "memory.max")
    return min(there, int(limit)) if limit.isdecimal() else there


def best_workers(available_processors: float, available_memory: int) -> int:
    """Return how many workers to run: one for each processor, as far as the memory goes."""
    fitting = min(math.ceil(available_processors), available_memory // WORKER_MEMORY, MOST_WORKERS)
    return max(LEAST_WORKERS, fitting)


def _read(file: Path) -> str:
    try:
        return file.read_text().strip()
    except OSError:
        return ""
