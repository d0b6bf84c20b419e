"""What processes of this machine have used: CPU in nanoseconds, memory with shared pages dealt out.

CPU is read from the clock that Linux keeps for each process (`clock_getcpuclockid`): nanoseconds of the scheduler's own
accounting, all threads together, those that have ended as well. /proc/PID/stat
counts in hundredths of a second only.
"""

from __future__ import annotations

import ctypes
import time
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

CLOCK = "clock_getcpuclockid (the scheduler's run time of each process in nanoseconds)"
PEAK_RESET = "5"  # proc(5), clear_refs: the high-water mark begins anew
_library = ctypes.CDLL(None)


def cpu_seconds(pid: int) -> float:
    """Return the CPU seconds that a process has used; 0 for one that is gone."""
    clock = ctypes.c_int()
    if _library.clock_getcpuclockid(pid, ctypes.byref(clock)):
        return 0.0
    try:
        return time.clock_gettime_ns(clock.value) / 1e9
    except OSError:
        return 0.0


class Meter:
    """The CPU of a set of processes between two moments; one that comes in between counts from its start."""

    def __init__(self, processes: Callable[[], Iterable[int]]) -> None:
        self._processes = processes
        self._before = self._now()

    def _now(self) -> dict[int, float]:
        return {pid: cpu_seconds(pid) for pid in self._processes()}

    def seconds(self) -> float:
        """Return the CPU seconds since this was made."""
        return sum(used - self._before.get(pid, 0.0) for pid, used in self._now().items())


def children(pid: int) -> list[int]:
    """Return the processes that one has started and that still run."""
    return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()]


def with_children(pid: int) -> list[int]:
    """Return a process and all below it."""
    return [pid, *(below for child in children(pid) for below in with_children(child))]


def memory(pids: Iterable[int]) -> int:
    """Return the bytes that processes hold together; a page that several share counts once."""
    return sum(psutil.Process(pid).memory_full_info().pss for pid in pids)


def forget_peaks(pids: Iterable[int]) -> None:
    """Let the high-water mark of each process begin at what it holds now."""
    for pid in pids:
        Path(f"/proc/{pid}/clear_refs").write_text(PEAK_RESET, encoding="ascii")


def peak(pid: int) -> int:
    """Return the most bytes that a process held at once, since `forget_peaks`."""
    lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:"))
