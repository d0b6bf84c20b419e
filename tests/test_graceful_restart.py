"""A reload loses no request, and a stop finishes what runs, after readiness turned red (rule R19)."""

from __future__ import annotations

import signal
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING

import httpx2
import psutil
import pytest

from tests.honest import Honest, held
from tests.running import USER, Live, free_port, settings_in

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.soak
RELOADS, SWAPS = 10, 3
RATE, CLIENTS = 40.0, 16  # requests a second, of all clients together


def workers(live: Live) -> set[int]:
    return {child.pid for child in psutil.Process(live.process.pid).children()}


def wait_for_others(live: Live, before: set[int]) -> None:
    for _ in range(200):
        if len(found := workers(live)) == len(before) and not found & before:
            return
        time.sleep(0.1)
    raise AssertionError(live._log.read_text())


def check(honest: Honest, what: str) -> None:
    told = f"{len(honest.seconds)} requests over {what}, {len(honest.failures)} failed"
    print(f"\n{told}; {honest.reached:.1f} a second, slowest {max(honest.seconds):.2f} s")
    assert honest.failures == []
    assert honest.reached > 0.9 * RATE


def test_reloads_under_load_fail_no_request(tmp_path: Path) -> None:
    live = Live(settings_in(tmp_path, port=free_port()))
    try:
        with Honest(live, live.connect(), CLIENTS, RATE) as honest:
            for _ in range(RELOADS):
                before = workers(live)
                live.process.send_signal(signal.SIGHUP)
                wait_for_others(live, before)
                honest.go_on(2)
        check(honest, f"{RELOADS} reloads")
    finally:
        live.stop()


def test_swaps_of_the_master_under_load_fail_no_request(tmp_path: Path) -> None:
    """USR2 starts another master on the same socket, and the old one is stopped once its workers answer."""
    live = Live(settings_in(tmp_path, port=free_port()))
    master = psutil.Process(live.process.pid)
    try:
        with Honest(live, live.connect(), CLIENTS, RATE) as honest:
            for _ in range(SWAPS):
                known = set(master.children())
                master.send_signal(signal.SIGUSR2)
                other = another(live._log, master, known)
                master.terminate()
                master.wait(60)
                master = other
                time.sleep(3)  # it notices within a second that it is the only one now
            time.sleep(1)
        check(honest, f"{SWAPS} swaps")
    finally:
        master.terminate()
        live.stop()


def another(log: Path, master: psutil.Process, known: set[psutil.Process]) -> psutil.Process:
    """Wait for a child with workers of its own, which have come up."""
    for _ in range(300):
        for child in set(master.children()) - known:
            with suppress(psutil.NoSuchProcess):
                if len(child.children()) >= 2:
                    time.sleep(2)
                    return child
        time.sleep(0.1)
    raise AssertionError((master, log.read_text()))


def test_stop_turns_readiness_red_and_finishes_what_runs(tmp_path: Path) -> None:
    live = Live(settings_in(tmp_path, port=free_port()), OPTIID_DRAIN_SECONDS="1.5")
    scim, origin = live.scim(), live.settings.public_origin
    with ThreadPoolExecutor(1) as pool:
        with held(live):
            running = pool.submit(scim.post, "/Users", {"schemas": [USER], "userName": "last@example.com"})
            time.sleep(0.3)
            live.process.terminate()
            time.sleep(0.5)
            assert httpx2.get(f"{origin}/readyz").status_code == 503
            assert httpx2.get(f"{origin}/healthz").status_code == 200
            assert scim.get("/Users").status == 200
            time.sleep(1.5)  # now the sockets are closed
        assert running.result().status == 201
    assert live.process.wait(timeout=30) == 0
    live.stop()
