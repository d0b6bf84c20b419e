"""The clock of the machine jumps, back and forth: order stays, tokens end by it, limits do not heed it (section 5)."""

from __future__ import annotations

import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from shutil import which
from typing import TYPE_CHECKING, Any

import pytest

from optiid import clock
from optiid.services import auditing
from tests.events import directory_events
from tests.running import USER, Live, free_port, settings_in

if TYPE_CHECKING:
    from pathlib import Path

    from tests.running import Scim

JUMPS = {"-1h": timedelta(hours=-1), "+1d": timedelta(days=1), "+400d": timedelta(days=400), "-2d": timedelta(days=-2)}
BEYOND_LIFE = "+400d"
RATE, BURST = 30, 60
# Puts the wall clock of a process forward by the seconds that a file holds; faketime's library breaks waiting by the
# monotonic clock, which must go on as it is.
LIBRARY = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
static int (*real)(clockid_t, struct timespec *);
int clock_gettime(clockid_t which, struct timespec *told) {
    long by = 0;
    if (!real) real = dlsym(RTLD_NEXT, "clock_gettime");
    int failed = real(which, told);
    if (!failed && which == CLOCK_REALTIME) {
        FILE *file = fopen(getenv("CLOCK_FILE"), "r");
        if (file) { if (fscanf(file, "%ld", &by) == 1) told->tv_sec += by; fclose(file); }
    }
    return failed;
}
"""
COMPILER = which("cc")


class Jumped(datetime):
    """The clock as it was set."""

    by = timedelta()

    @classmethod
    def now(cls, tz: Any = None) -> datetime:
        return datetime.now(tz) + cls.by


def version_of(reply: Any) -> int:
    return int(reply.body["meta"]["version"][3:-1])


def check_order(database: Any, organization: str) -> int:
    """Check that nothing of the record is out of order, and return how many events there are."""
    assert auditing.verify(database, organization).faults == []
    return len(directory_events(database, organization))


def test_clock_that_jumps_changes_no_order(service: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "datetime", Jumped)
    real = time.time_ns
    monkeypatch.setattr(time, "time_ns", lambda: real() + int(Jumped.by.total_seconds() * 1e9))
    scim = service.scim()
    user, group = scim.a_user(), scim.a_group()
    versions = [1]
    for turn, (name, by) in enumerate(JUMPS.items()):
        monkeypatch.setattr(Jumped, "by", by)
        change = {"op": "replace", "path": "title", "value": name}
        reply = scim.patch(f"/Users/{user['id']}", change)
        if name == BEYOND_LIFE:
            assert (reply.status, "expired" in reply.body["detail"]) == (401, True)
            continue
        assert reply.status == 200
        versions.append(version_of(reply))
        old, new = f'W/"{versions[-2]}"', f'W/"{versions[-1]}"'
        path = f"/Users/{user['id']}"
        assert scim.request("GET", path, headers={"If-None-Match": new}).status == 304
        assert scim.request("DELETE", path, headers={"If-Match": old}).status == 412
        made = scim.a_user()
        member = {"op": "add", "path": "members", "value": [{"value": made["id"]}]}
        assert scim.patch(f"/Groups/{group['id']}", member).status in (200, 204)
        seen, cursor = [], ""
        while cursor is not None:
            page = scim.get(f"/Users?count=1&cursor={cursor}").body
            seen += [one["id"] for one in page["Resources"]]
            cursor = page.get("nextCursor")
        assert len(seen) == len(set(seen)) == 2 + turn - (by < timedelta(days=-1))
    assert versions == sorted(set(versions))
    assert check_order(service.database, scim.connected.organization) >= 3 * len(versions) - 1


class Setting(threading.Thread):
    """Sets the clock, step by step; `set_to` says how it is set, "" while it changes."""

    def __init__(self, file: Path) -> None:
        super().__init__()
        self.file, self.set_to = file, ""

    def run(self) -> None:
        for name, by in {"before": timedelta(), **JUMPS, "after": timedelta()}.items():
            self.file.write_text(f"{by.total_seconds():.0f}")
            self.set_to = name
            time.sleep(3)
            self.set_to = ""
            time.sleep(1)
        self.set_to = "end"


def write_through(scim: Scim, setting: Setting, ident: str) -> tuple[list[int], dict[str, list[int]]]:
    """Change one user all the while; return the versions, and the statuses at each setting of the clock."""
    versions: list[int] = []
    statuses: dict[str, list[int]] = {}
    while (name := setting.set_to) != "end":
        reply = scim.patch(f"/Users/{ident}", {"op": "replace", "path": "title", "value": str(time.monotonic_ns())})
        if name == setting.set_to:
            statuses.setdefault(name, []).append(reply.status)
        if reply.status == 200:
            versions.append(version_of(reply))
        time.sleep(1 / RATE / 2)
    return versions, statuses


@pytest.mark.soak
@pytest.mark.skipif(COMPILER is None, reason="wants a C compiler")
def test_live_server_whose_clock_jumps(tmp_path: Path) -> None:
    jumps, library = tmp_path / "clock", tmp_path / "clock.so"
    (tmp_path / "clock.c").write_text(LIBRARY)
    subprocess.run([str(COMPILER), "-shared", "-fPIC", "-o", library, tmp_path / "clock.c", "-ldl"], check=True)
    jumps.write_text("0")
    live = Live(
        settings_in(tmp_path, port=free_port()),
        LD_PRELOAD=str(library),
        CLOCK_FILE=str(jumps),
        OPTIID_RATE_LIMIT_ENABLED="true",
    )
    writers = [live.scim(settings={"rate_limit": RATE, "rate_limit_burst": BURST}) for _ in range(3)]
    users = [scim.post("/Users", {"schemas": [USER], "userName": "jane@example.com"}).body["id"] for scim in writers]
    began, setting = time.monotonic(), Setting(jumps)
    setting.start()
    with ThreadPoolExecutor(3) as pool:
        found = list(pool.map(lambda one: write_through(one[0], setting, one[1]), zip(writers, users, strict=True)))
    most = BURST + RATE * (time.monotonic() - began)
    for scim, (versions, statuses) in zip(writers, found, strict=True):
        told = {name: {status: some.count(status) for status in set(some)} for name, some in statuses.items()}
        print(f"\n{len(versions)} versions, statuses {told}")
        assert versions == sorted(set(versions))
        assert all(set(some) <= {200, 429} for name, some in statuses.items() if name not in ("", BEYOND_LIFE))
        assert set(statuses[BEYOND_LIFE]) == {401}
        assert all(200 in some for name, some in statuses.items() if name not in ("", BEYOND_LIFE))
        assert len(versions) <= 1.1 * most
        assert check_order(live.database, scim.connected.organization) == len(versions) + 1
    live.stop()
