"""strace on a running server: what it asks of the system, and a fault in the midst of it."""

from __future__ import annotations

import shutil
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.conftest import required

if TYPE_CHECKING:
    from collections.abc import Iterator

ATTACH_SECONDS = 10


@contextmanager
def tracing(processes: list[int], expression: str, log: Path | None = None) -> Iterator[None]:
    """Trace processes and all their threads by an expression of strace (`trace=fsync`, `inject=...`) meanwhile.

    Skips the test where strace is missing or may not attach, and fails it where OPTIID_REQUIRE names strace.
    """
    if shutil.which("strace") is None:
        _give_up("it is not installed (apt-get install strace)")
    command = ["strace", "-f", "-qq", "-s", "16", "-e", expression, *(["-o", str(log)] if log else [])]
    command += [part for process in processes for part in ("-p", str(process))]
    tracer = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _await_attached(tracer, processes)
        yield
    finally:
        tracer.terminate()  # lets go of what it traced
        try:
            tracer.wait(timeout=2)
        except subprocess.TimeoutExpired:
            # It waits for a thread of a process that was killed; without it the system lets go.
            tracer.kill()
            tracer.wait(timeout=30)


def _give_up(why: str) -> None:
    if "strace" in required():
        pytest.fail(f"strace: {why} (OPTIID_REQUIRE=strace)", pytrace=False)
    pytest.skip(f"strace: {why}")


def _await_attached(tracer: subprocess.Popen[bytes], processes: list[int]) -> None:
    deadline = time.monotonic() + ATTACH_SECONDS
    while not all(_traced(process) for process in processes):
        if tracer.poll() is not None or time.monotonic() > deadline:
            _give_up("this user may not trace (root may, with CAP_SYS_PTRACE)")
        time.sleep(0.01)


def _traced(process: int) -> bool:
    """Say whether each thread of a process is traced."""
    tasks = list(Path(f"/proc/{process}/task").iterdir())
    return all("TracerPid:\t0\n" not in (task / "status").read_text() for task in tasks)
