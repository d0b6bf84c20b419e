"""More than a worker carries is refused at once; a database that somebody holds stops writers, never readers."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import httpx2
import psutil
import pytest

from tests.honest import held
from tests.running import USER, Live, free_port, settings_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.running import Reply, Scim

pytestmark = pytest.mark.soak
AT_ONCE = 3
BUSY_MACHINE_SECONDS = 2


@pytest.fixture(scope="module")
def narrow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """A worker with one thread for writing and one for reading, that carries three requests of each kind."""
    home = tmp_path_factory.mktemp("narrow")
    running = Live(settings_in(home, port=free_port()), 1, OPTIID_THREADS="2", OPTIID_REQUESTS_AT_ONCE=str(AT_ONCE))
    yield running
    running.stop()


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """Two workers with few threads."""
    running = Live(settings_in(tmp_path_factory.mktemp("shared"), port=free_port()), 2, OPTIID_THREADS="8")
    yield running
    running.stop()


def create(scim: Scim, name: str) -> tuple[Reply, float]:
    started = time.monotonic()
    reply = scim.post("/Users", {"schemas": [USER], "userName": f"{name}@example.com"})
    return reply, time.monotonic() - started


def cpu(live: Live) -> float:
    return sum(sum(worker.cpu_times()[:2]) for worker in psutil.Process(live.process.pid).children())


def test_what_cannot_be_carried_is_refused_at_once(narrow: Live) -> None:
    scim, origin = narrow.scim(), narrow.settings.public_origin
    with ThreadPoolExecutor(AT_ONCE) as pool:
        with held(narrow):
            waiting = [pool.submit(create, scim, f"waiting{number}") for number in range(AT_ONCE)]
            time.sleep(0.7)
            before, started = cpu(narrow), time.monotonic()
            refused = [create(scim, "refused")[0] for _ in range(20)]
            used, passed = cpu(narrow) - before, time.monotonic() - started
            admin = httpx2.post(f"{origin}/api/v1/users", json={})
            probes = [httpx2.get(f"{origin}/{name}").status_code for name in ("healthz", "readyz")]
            read = scim.get("/Users")
        assert [one.result()[0].status for one in waiting] == [201] * AT_ONCE
    assert {reply.status for reply in refused} == {503}
    assert all(int(reply.headers["Retry-After"]) > 0 for reply in refused)
    assert refused[0].body["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:Error"]
    assert (admin.status_code, admin.headers["Content-Type"]) == (503, "application/problem+json")
    assert (probes, read.status) == ([200, 200], 200)
    assert used / 20 < 0.05
    assert passed < 3
    assert create(scim, "refused")[0].status == 201


def test_refusals_are_counted_in_the_log(narrow: Live) -> None:
    for _ in range(120):
        if "times 503" in narrow._log.read_text():
            return
        time.sleep(0.1)
    raise AssertionError(narrow._log.read_text())


def read_until(done: threading.Event, scim: Scim) -> list[float]:
    seconds = []
    while not done.is_set():
        started = time.monotonic()
        assert scim.get("/Users?count=1").status == 200
        seconds.append(time.monotonic() - started)
        time.sleep(0.02)
    return seconds


@pytest.mark.parametrize(("holds", "status"), [(3, 201), (30, 503)])
def test_held_database_stops_writers_and_no_readers(shared: Live, holds: int, status: int) -> None:
    scims = [shared.scim() for _ in range(24)]  # more than there are threads
    reader, done = shared.scim(), threading.Event()
    with ThreadPoolExecutor(len(scims) + 1) as pool:
        with held(shared):
            reading = pool.submit(read_until, done, reader)
            writing = [pool.submit(create, scim, f"held{holds}-{number}") for number, scim in enumerate(scims[:8])]
            if status == 201:
                time.sleep(holds)
            else:
                writing += [pool.submit(create, scim, "more") for scim in scims[8:]]
                for one in writing:
                    one.result()
        done.set()
        seconds = reading.result()
        replies = [one.result() for one in writing]
    assert max(seconds) < 2
    if status == 201:
        assert {reply.status for reply, _ in replies} == {201}
    else:
        assert {reply.status for reply, _ in replies} == {503}
        assert all(int(reply.headers["Retry-After"]) > 0 for reply, _ in replies)
        assert max(taken for _, taken in replies) < 6 + BUSY_MACHINE_SECONDS
        assert create(reader, "after")[0].status == 201
