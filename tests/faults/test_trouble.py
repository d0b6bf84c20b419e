"""A PostgreSQL that stops or cuts its connections: 503 with Retry-After, told by /readyz, and it passes (R17, R19)."""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING

import psutil
import psycopg
import pytest

from tests import shards
from tests.faults.checker import check
from tests.faults.load import Load
from tests.faults.servers import fair, is_ready, seconds_until
from tests.postgresql import PostgresServer, start_server
from tests.running import PREFIX, InProcess, Live, free_port, settings_in

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.running import Scim

STOPS, DOWN_SECONDS = 10, 1.0
DATABASE_SECONDS = 2.0
TITLE = {"op": "replace", "path": "title", "value": "Boss"}
# As it runs for people: what is confirmed is on disk.
DURABLE = {"shared_buffers": "64MB", "max_connections": "100"}


@pytest.fixture
def server() -> Iterator[PostgresServer]:
    """A PostgreSQL that this test may stop."""
    started = start_server(DURABLE)
    if started._process is None:
        pytest.skip("PostgreSQL: OPTIID_TEST_PG names a server that tests may not stop")
    yield started
    started.stop()


@pytest.fixture
def on_server(server: PostgresServer, tmp_path: Path) -> Iterator[Live]:
    running = Live(settings_in(tmp_path, server.create_database(), port=free_port()))
    yield running
    running.stop()


def check_unavailable(live: Live, scim: Scim, path: str) -> None:
    """Check that reads and writes are told to come again, by every door."""
    for reply in (scim.get(path), scim.patch(path, TITLE), scim.post("/Users", {"userName": "x"}), scim.delete(path)):
        assert (reply.status, int(reply.headers["Retry-After"]) > 0) == (503, True), reply.body
    assert live._http.get(live.base_url.removesuffix(PREFIX) + "/readyz").status_code == 503
    assert live._http.get(live.base_url.removesuffix(PREFIX) + "/healthz").status_code == 200


def stop_for(seconds: float, live: Live, server: PostgresServer) -> float:
    """Stop a server at once; return how long it took after its return until all is well again."""
    scim = live.scim()
    path = f"/Users/{scim.a_user()['id']}"
    shards.halt(server)
    try:
        check_unavailable(live, scim, path)
        time.sleep(seconds)
    finally:
        shards.resume(server)
    moment = time.monotonic()
    seconds_until("readiness comes back", lambda: is_ready(live))
    seconds_until("a write is done", lambda: scim.patch(path, TITLE).status == 200)
    return fair(time.monotonic() - moment, DATABASE_SECONDS)


@pytest.mark.parametrize("live", ["postgresql"], indirect=True)
def test_postgresql_that_stops_at_once_loses_nothing(live: Live, postgresql_server: PostgresServer) -> None:
    """The server of all tests: whoever uses it next opens new connections."""
    if postgresql_server._process is None:
        pytest.skip("PostgreSQL: OPTIID_TEST_PG names a server that tests may not stop")
    with Load(live, pause=0.02) as load:
        time.sleep(0.2)
        back = stop_for(0, live, postgresql_server)
    verdict = check(live, load)
    assert verdict.unsure > 0
    assert back < DATABASE_SECONDS


@pytest.mark.soak
@pytest.mark.timeout(900)
def test_stopped_postgresql_loses_nothing(on_server: Live, server: PostgresServer) -> None:
    """As `pg_ctl -m immediate` stops it: without a checkpoint, every session cut."""
    back = []
    with Load(on_server) as load:
        for _ in range(STOPS):
            time.sleep(1)
            back.append(stop_for(DOWN_SECONDS, on_server, server))
    verdict = check(on_server, load)
    print(f"PostgreSQL stopped {STOPS} times, served again after {max(back):.2f} s; {verdict}")
    assert max(back) < DATABASE_SECONDS


@pytest.mark.soak
@pytest.mark.timeout(900)
def test_ended_and_frozen_backends_lose_nothing(on_server: Live, server: PostgresServer) -> None:
    """Connections dropped in the midst of transactions, and backends that stand still for a while."""
    chance, frozen_seconds = random.Random(3), 3
    others = "FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()"
    name = (on_server.settings.database_url.rsplit("/", 1)[1],)
    with psycopg.connect(server.url, autocommit=True) as admin, Load(on_server) as load:
        for _ in range(20):
            time.sleep(0.4)
            admin.execute(f"SELECT pg_terminate_backend(pid) {others}", name)
        for _ in range(4):
            time.sleep(0.5)
            backends = admin.execute(f"SELECT pid {others}", name).fetchall()
            one = psutil.Process(chance.choice(backends)[0])
            one.suspend()
            time.sleep(frozen_seconds)
            one.resume()
        moment = time.monotonic()
        seconds_until("somebody is served", lambda: load.ledger.seconds_until_served(moment) < 60)
    verdict = check(on_server, load)
    print(f"all backends ended 20 times, one frozen 4 times; {verdict}")
    assert fair(load.ledger.seconds_until_served(moment), DATABASE_SECONDS) < DATABASE_SECONDS


def set_read_only(service: InProcess, words: str) -> None:
    """Let new sessions be of one kind, and end the others."""
    url = service.settings.database_url
    with psycopg.connect(url, autocommit=True, options="-c default_transaction_read_only=off") as admin:
        admin.execute(f"ALTER DATABASE {url.rsplit('/', 1)[1]} SET default_transaction_read_only = {words}")
        admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


@pytest.mark.parametrize("service", ["postgresql"], indirect=True)
def test_read_only_database_stops_writers_and_no_readers(service: InProcess) -> None:
    """As after a failover to a standby."""
    scim = service.scim()
    path = f"/Users/{scim.a_user()['id']}"
    set_read_only(service, "on")
    try:
        assert scim.get(path).status == 200
        reply = scim.patch(path, TITLE)
        assert (reply.status, int(reply.headers["Retry-After"]) > 0) == (503, True)
        assert scim.get(path).body["meta"]["version"] == 'W/"1"'
    finally:
        set_read_only(service, "off")
    assert scim.patch(path, TITLE).body["meta"]["version"] == 'W/"2"'
