"""Fuzz a reader with coverage guidance (atheris), beginning with the kept corpus.

    python3 app.py fuzz TARGET --seconds 600 [--keep]

--keep adds what reached something new to tests/fuzzing/corpus. It ends with 1 and the input when a reader lets out
anything but the project's own error, or takes more than 50 ms for at most 8 KiB.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.fuzzing import corpus
from tests.fuzzing.targets import LONGEST, SECONDS, TARGETS, run

if TYPE_CHECKING:
    from types import FrameType

# What is kept stays small enough to be read, and to be replayed at each submission.
MOST_KEPT, LONGEST_KEPT = 120, 300
SHOWN = 2000


def fuzz(name: str, seconds: int, folder: Path) -> int:
    """Run a target for so long. Returns how many inputs were tried; stops the program at the first fault."""
    found, faults = folder / "found", folder / "faults"
    found.mkdir()
    faults.mkdir()
    for number, data in enumerate(corpus.load(name)):
        (found / str(number)).write_bytes(data)
    bounds = [f"-max_total_time={seconds}", f"-max_len={LONGEST}", "-len_control=20", f"-artifact_prefix={faults}/"]
    command = [sys.executable, "-m", "tests.fuzzing.instrumented", name, *bounds, "-print_final_stats=1", str(found)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    broken = [path.read_bytes() for path in sorted(faults.iterdir())]
    if broken or done.returncode:
        sys.exit(f"{done.stderr[-SHOWN:]}\n{name}: {[data[:SHOWN] for data in broken]}")
    tried = next(line.rpartition(":")[2] for line in done.stderr.splitlines() if "number_of_executed_units" in line)
    return int(tried)


def slowest(name: str, folder: Path) -> tuple[float, bytes]:
    """Return the input that takes longest without instrumentation, and its seconds."""
    inputs = [path.read_bytes() for path in sorted((folder / "found").iterdir())]
    timed = sorted(((run(name, data), data) for data in inputs), reverse=True)[:20]
    return max((min(run(name, data) for _ in range(3)), data) for _, data in timed)


def reached(name: str, data: bytes) -> set[tuple[str, int, int]]:
    """Return the steps from line to line of the project that an input takes a target through."""
    steps: set[tuple[str, int, int]] = set()
    last = 0

    def trace(frame: FrameType, event: str, _: object) -> Any:
        nonlocal last
        if "/optiid/" not in frame.f_code.co_filename:
            return None
        steps.add((frame.f_code.co_filename, last, frame.f_lineno))
        last = frame.f_lineno
        return trace

    sys.settrace(trace)
    try:
        run(name, data)
    finally:
        sys.settrace(None)
    return steps


def keep(name: str, folder: Path) -> int:
    """Add to the corpus what is short and goes where nothing in it goes; returns how many."""
    known = corpus.load(name)
    steps = {step for data in known for step in reached(name, data)}
    added: list[bytes] = []
    found = {path.read_bytes() for path in (folder / "found").iterdir()}
    for data in sorted((one for one in found if len(one) <= LONGEST_KEPT), key=len):
        new = reached(name, data) - steps
        if new and len(known) + len(added) < MOST_KEPT:
            added.append(data)
            steps |= new
    corpus.save(name, [*known, *added])
    return len(added)


def main() -> None:
    """Fuzz one target and tell what came of it."""
    parser = argparse.ArgumentParser(
        prog="app.py fuzz", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("target", choices=TARGETS)
    parser.add_argument("--seconds", type=int, default=600)
    parser.add_argument("--keep", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        tried = fuzz(options.target, options.seconds, folder)
        longest, data = slowest(options.target, folder)
        print(f"{options.target}: {tried} inputs in {options.seconds} s, no fault; slowest {longest * 1000:.1f} ms")
        if longest > SECONDS:
            sys.exit(f"{options.target}: too slow: {data[:SHOWN]!r}")
        if options.keep:
            print(f"{options.target}: {keep(options.target, folder)} inputs added to the corpus")


main()
