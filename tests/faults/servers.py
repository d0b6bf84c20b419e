"""A server that the tests kill, its workers or the whole, and start again on the same port and data."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import httpx2
import psutil

from tests.running import PREFIX, Live

if TYPE_CHECKING:
    from collections.abc import Callable

READY_SECONDS = 30
# Some work of the processor, and what a quiet one takes for it.
WORK = "import time; began = time.process_time()\nwhile time.process_time() < began + 0.1: pass"


def workers(live: Live) -> list[int]:
    """Return the ids of the processes that answer."""
    try:
        return [child.pid for child in psutil.Process(live.process.pid).children() if child.status() != "zombie"]
    except psutil.NoSuchProcess:
        return []


def is_ready(live: Live) -> bool:
    """Say whether it takes requests and reaches its database."""
    try:
        return httpx2.get(live.base_url.removesuffix(PREFIX) + "/readyz", timeout=5).status_code == 200
    except httpx2.HTTPError:
        return False


def seconds_until(what: str, holds: Callable[[], bool], most: float = READY_SECONDS) -> float:
    """Wait until a function says yes, and return how long that took."""
    began = time.monotonic()
    while not holds():
        assert time.monotonic() - began < most, what
        time.sleep(0.02)
    return time.monotonic() - began


def fair(seconds: float, goal: float) -> float:
    """Return how long something took, as if it had the processor for itself when it took longer than it should.

    Others may use this machine: what they leave is measured by a process that only counts, beside the same load.
    """
    if seconds <= goal:
        return seconds
    before, began = os.times(), time.monotonic()
    subprocess.run([sys.executable, "-S", "-c", WORK], check=True)
    after, elapsed = os.times(), time.monotonic() - began
    used = after.children_user + after.children_system - before.children_user - before.children_system
    return seconds * min(1.0, used / elapsed)


def kill(process: int) -> None:
    """End a process of a server that a test started, without a chance to tidy up."""
    try:
        os.kill(process, signal.SIGKILL)
    except ProcessLookupError:
        return


def kill_all(live: Live) -> None:
    """Kill master and workers at once."""
    for process in [live.process.pid, *workers(live)]:
        kill(process)
    live.process.wait(timeout=30)


def start_again(live: Live) -> float:
    """Start what `kill_all` ended, as it was; return the seconds until it is ready."""
    began = time.monotonic()
    live.start()
    return time.monotonic() - began
