"""What was answered 2xx survives every kill -9: of workers, of the whole server, of PostgreSQL (rules R7, R17, R19)."""

from __future__ import annotations

import random
import time
from statistics import median
from typing import TYPE_CHECKING

import pytest

from tests.conftest import database_url
from tests.faults.checker import Verdict, check
from tests.faults.load import Load
from tests.faults.servers import fair, is_ready, kill, kill_all, seconds_until, start_again, workers
from tests.running import Live, free_port, settings_in

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PAUSE_SECONDS = 0.3
WORKER_KILLS, WHOLE_KILLS, STOPS = 100, 20, 10
QUICK_KILLS, QUICK_WHOLE_KILLS = 4, 1
# G4: back after the kill of a worker, and of the whole.
WORKER_SECONDS, WHOLE_SECONDS = 2.0, 5.0


@pytest.fixture(params=["sqlite", "postgresql"])
def killable(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Live]:
    """A server of this test's own."""
    running = Live(settings_in(tmp_path, database_url(request.param, request), port=free_port()))
    yield running
    running.stop()


def kill_workers(live: Live, load: Load, times: int) -> list[float]:
    """Kill a random worker again and again; return how long it took each time until somebody was served."""
    chance, back = random.Random(times), []
    for _ in range(times):
        time.sleep(PAUSE_SECONDS)
        moment = time.monotonic()
        kill(chance.choice(workers(live)))
        seconds_until("somebody is served", lambda moment=moment: load.ledger.is_served_since(moment))  # type: ignore[misc]
        back.append(fair(load.ledger.seconds_until_served(moment), WORKER_SECONDS))
    return back


def kill_servers(live: Live, times: int) -> list[float]:
    """Kill master and workers at random moments; return how long it took each time until the next were ready."""
    chance, back = random.Random(2), []
    for _ in range(times):
        time.sleep(chance.uniform(0.2, 1.5) if times > QUICK_WHOLE_KILLS else 0.2)
        kill_all(live)
        back.append(fair(start_again(live), WHOLE_SECONDS))
    return back


def test_killed_workers_lose_nothing(live: Live) -> None:
    with Load(live, pause=0.02) as load:
        back = kill_workers(live, load, QUICK_KILLS)
    seconds_until("both workers are there", lambda: len(workers(live)) == 2 and is_ready(live))
    verdict = check(live, load)
    assert verdict.acknowledged > 50
    assert max(back) < WORKER_SECONDS


@pytest.mark.parametrize("live", ["sqlite"], indirect=True)
def test_killed_server_loses_nothing(live: Live) -> None:
    with Load(live, pause=0.02) as load:
        back = kill_servers(live, QUICK_WHOLE_KILLS)
        time.sleep(0.2)
    verdict = check(live, load)
    assert verdict.unsure > 0
    assert max(back) < WHOLE_SECONDS


def tell(live: Live, killed: str, back: list[float], verdict: Verdict) -> None:
    """Print the figures."""
    seconds = f"{median(back):.2f} s, at most {max(back):.2f}"
    print(f"{live.database.dialect.name}: {killed} killed, back in {seconds}; {verdict}")


@pytest.mark.soak
@pytest.mark.timeout(900)
def test_a_hundred_killed_workers_lose_nothing(killable: Live) -> None:
    with Load(killable) as load:
        back = kill_workers(killable, load, WORKER_KILLS)
    verdict = check(killable, load)
    tell(killable, f"{WORKER_KILLS} workers", back, verdict)
    assert max(back) < WORKER_SECONDS


@pytest.mark.soak
@pytest.mark.timeout(900)
def test_killed_servers_lose_nothing(killable: Live) -> None:
    with Load(killable) as load:
        back = kill_servers(killable, WHOLE_KILLS)
    verdict = check(killable, load)
    tell(killable, f"{WHOLE_KILLS} servers", back, verdict)
    assert max(back) < WHOLE_SECONDS
