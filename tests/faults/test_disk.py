"""A disk that is full, read-only or broken stops writers, no readers, and loses nothing (rules R17, R19)."""

from __future__ import annotations

import itertools
import os
import resource
import subprocess
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import psutil
import pytest

from tests.faults.checker import check
from tests.faults.load import Load
from tests.faults.servers import is_ready, seconds_until, workers
from tests.faults.tracing import tracing
from tests.running import USER, Live, free_port, settings_in

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.running import Scim


REFUSED, SOON = (503, 507), 5
_numbers = itertools.count(1)


def create(scim: Scim) -> int:
    """Return the status of creating somebody large."""
    told = {"schemas": [USER], "userName": f"large{next(_numbers)}@example.com", "title": "x" * 2000}
    return scim.post("/Users", told).status


@contextmanager
def without_room(live: Live) -> Iterator[None]:
    """Let no file of the workers grow or be written beyond its first bytes, as a full disk does."""
    running = [psutil.Process(process) for process in workers(live)]
    before = [process.rlimit(resource.RLIMIT_FSIZE) for process in running]
    for process, (_, hard) in zip(running, before, strict=True):
        process.rlimit(resource.RLIMIT_FSIZE, (512, hard))
    try:
        yield
    finally:
        for process, limits in zip(running, before, strict=True):
            process.rlimit(resource.RLIMIT_FSIZE, limits)


@pytest.mark.parametrize("live", ["sqlite"], indirect=True)
def test_writes_without_room_are_refused_and_reads_go_on(live: Live) -> None:
    scim = live.scim()
    load = Load(live, pause=0.02)
    with load:
        time.sleep(0.1)
        with without_room(live):
            assert {scim.get("/Users?count=1").status for _ in range(8)} == {200}
            assert {create(scim) for _ in range(4)} == {503}
        assert create(scim) == 201
    check(live, load)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A small disk of its own."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("tmpfs: this user may mount nothing (root may, with CAP_SYS_ADMIN)")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.fixture
def small(disk: Path) -> Iterator[Live]:
    """A server whose data lies on the small disk."""
    running = Live(settings_in(disk, port=free_port()))
    yield running
    running.stop()


@pytest.mark.soak
@pytest.mark.timeout(900)
def test_full_disk_loses_nothing(small: Live, disk: Path) -> None:
    scim = small.scim()
    with Load(small) as load:
        time.sleep(1)
        free = os.statvfs(disk)
        (disk / "filling").write_bytes(b"x" * max(0, free.f_bavail * free.f_bsize - 128 * 1024))
        seconds_until("the disk is full", lambda: create(scim) in REFUSED, 60)
        full = time.monotonic()
        time.sleep(2)
        assert {scim.get("/Users?count=5").status for _ in range(20)} == {200}
        assert is_ready(small)
        subprocess.run(["mount", "-o", "remount,size=64m", str(disk)], check=True)
        room = time.monotonic()
        back = seconds_until("writes are done again", lambda: create(scim) == 201)
        time.sleep(1)
    refused = sum(entry.status in REFUSED and full < entry.began < room for entry in load.ledger.entries)
    verdict = check(small, load)
    print(f"disk full: {refused} writes refused, served {back:.2f} s after there was room; {verdict}")
    assert refused
    assert back < SOON


@pytest.mark.soak
@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    ("error", "calls"),
    [("ENOSPC", "pwrite64"), ("EROFS", "pwrite64"), ("EIO", "pwrite64"), ("EIO", "fsync,fdatasync")],
)
def test_faults_of_the_disk_lose_nothing(tmp_path: Path, error: str, calls: str) -> None:
    """Every fourth write of each thread, or each confirmation, fails as the system tells it."""
    running = Live(settings_in(tmp_path, port=free_port()))
    try:
        _put_through(running, error, calls)
    finally:
        running.stop()


def _put_through(running: Live, error: str, calls: str) -> None:
    scim = running.scim()
    with Load(running) as load:
        with tracing(workers(running), f"inject={calls}:error={error}:when=4+4"):
            time.sleep(3)
            assert {scim.get("/Users?count=5").status for _ in range(20)} == {200}
        back = seconds_until("writes are done again", lambda: create(scim) == 201)
        time.sleep(0.5)
    refused = sum(entry.status in REFUSED for entry in load.ledger.entries)
    verdict = check(running, load)
    print(f"{error} of {calls}: {refused} writes refused, served {back:.2f} s afterwards; {verdict}")
    assert refused
