"""A reload loses no request, and a stop finishes what runs, after readiness turned red (rule R19)."""

from __future__ import annotations

import signal
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import httpx2
import psutil
import pytest

from tests.honest import Honest, held
from tests.running import USER, Live, free_port, settings_in

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.soak
RELOADS = 3


def workers(live: Live) -> set[int]:
    return {child.pid for child in psutil.Process(live.process.pid).children()}


def wait_for_others(live: Live, before: set[int]) -> None:
    for _ in range(200):
        if len(found := workers(live)) == len(before) and not found & before:
            return
        time.sleep(0.1)
    raise AssertionError(live._log.read_text())


def test_reloads_under_load_fail_no_request(tmp_path: Path) -> None:
    live = Live(settings_in(tmp_path, port=free_port()))
    try:
        with Honest(live, live.connect(), pause=0.02) as honest:
            for _ in range(RELOADS):
                before = workers(live)
                live.process.send_signal(signal.SIGHUP)
                wait_for_others(live, before)
        assert honest.failures == []
        assert len(honest.seconds) > 40
    finally:
        live.stop()


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
