"""Buckets in a mapped file: exact among processes and threads, whatever became of those that used it."""

from __future__ import annotations

import fcntl
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from optiid.storage import mapped_buckets
from optiid.storage.mapped_buckets import NEAR, PLACES, MappedBuckets
from tests.running import ROOT

if TYPE_CHECKING:
    import pytest

HOUR = 3600.0
# One in an hour, a hundred at once: nothing comes back while a test runs.
SLOW = (HOUR, 100 * HOUR)
TAKING = """
import sys
from optiid.storage.mapped_buckets import MappedBuckets
buckets = MappedBuckets(sys.argv[1])
print(sum(buckets.take("acme", "scim", (3600.0, 360000.0)) for _ in range(90)))
"""


def test_processes_and_threads_together_get_what_there_is(tmp_path: Path) -> None:
    path, buckets = str(tmp_path / "limits"), MappedBuckets(str(tmp_path / "limits"))
    others = [
        subprocess.Popen([sys.executable, "-c", TAKING, path], stdout=subprocess.PIPE, cwd=ROOT) for _ in range(2)
    ]
    with ThreadPoolExecutor(4) as pool:
        own = sum(pool.map(lambda _: buckets.take("acme", "scim", SLOW), range(90)))
    told = [int(other.communicate()[0]) for other in others]
    assert own + sum(told) == 100
    assert buckets.take("acme", "other", SLOW)
    assert buckets.take("globex", "scim", SLOW)
    assert Path(path).stat().st_mode & 0o777 == 0o600


def test_it_fills_again(tmp_path: Path) -> None:
    buckets = MappedBuckets(str(tmp_path / "limits"))
    quick = (0.02, 0.04)
    assert [buckets.take("acme", "scim", quick) for _ in range(3)] == [True, True, False]
    time.sleep(0.05)
    assert buckets.take("acme", "scim", quick)


def test_what_an_earlier_start_of_the_machine_left_holds_nobody_for_longer_than_a_bucket(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    buckets = MappedBuckets(str(tmp_path / "limits"))
    monkeypatch.setattr(mapped_buckets.time, "monotonic", lambda: 1e9)
    while buckets.take("acme", "scim", (1.0, 5.0)):
        pass
    monkeypatch.setattr(mapped_buckets.time, "monotonic", lambda: 100.0)
    assert not buckets.take("acme", "scim", (1.0, 5.0))
    monkeypatch.setattr(mapped_buckets.time, "monotonic", lambda: 101.5)
    assert buckets.take("acme", "scim", (1.0, 5.0))


def test_whoever_stands_still_with_the_file_stops_nobody(tmp_path: Path) -> None:
    path, buckets = tmp_path / "limits", MappedBuckets(str(tmp_path / "limits"))
    assert buckets.take("acme", "scim", SLOW)
    holding = (
        "import fcntl, sys; f = open(sys.argv[1], 'r+b'); fcntl.lockf(f, fcntl.LOCK_EX); print(1, flush=True); input()"
    )
    other = subprocess.Popen([sys.executable, "-c", holding, str(path)], stdout=subprocess.PIPE, stdin=subprocess.PIPE)
    assert other.stdout is not None
    other.stdout.readline()
    began = time.monotonic()
    assert buckets.take("acme", "scim", SLOW)
    assert time.monotonic() - began < 1
    other.kill()
    other.communicate()
    with path.open("r+b") as file:
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_more_buckets_than_places_forget_the_fullest(tmp_path: Path) -> None:
    buckets = MappedBuckets(str(tmp_path / "limits"))
    while buckets.take("acme", "scim", SLOW):
        pass
    assert NEAR < PLACES
    for number in range(PLACES // 4):
        assert buckets.take("globex", str(number), (0.001, 1.0))
    assert not buckets.take("acme", "scim", SLOW)
