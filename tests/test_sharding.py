"""Two PostgreSQL clusters behind one service: what happens to whom when one of them is down."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from optiid.credentials import mint_token
from optiid.errors import UnavailableError
from optiid.services import api_keys, sharding
from optiid.storage import pool, row_copies
from optiid.storage.shards import FIRST
from tests.postgresql import PostgresServer, start_server
from tests.running import PREFIX, Live, Scim, free_port
from tests.shards import EAST, Sharded, halt, resume, two_shards

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from optiid.storage.catalog import Table
    from optiid.storage.database import Database, Row
    from tests.running import Reply

PATCH = {"op": "replace", "path": "title", "value": "Boss"}


@pytest.fixture(scope="module")
def other(postgresql_server: PostgresServer) -> Iterator[PostgresServer]:
    """A second cluster, which tests stop and start."""
    server = start_server()
    if server._process is None or postgresql_server._process is None:
        pytest.skip("PostgreSQL: two clusters are needed, and OPTIID_TEST_PG names one")
    yield server
    halt(server)  # without waiting for connections to end
    server.stop()


def check_unavailable(reply: Reply) -> None:
    assert (reply.status, int(reply.headers["Retry-After"]) > 0) == (503, True), reply.body
    assert reply.headers["Content-Type"] == "application/scim+json"
    assert reply.body["detail"].endswith(f"({reply.headers['X-Request-Id']})")


def everything(scim: Scim, ident: str) -> Iterator[Reply]:
    yield scim.get(f"/Users/{ident}")
    yield scim.find("/Users", 'userName eq "somebody@example.com"')
    yield scim.post("/Users", {"userName": "somebody@example.com"})
    yield scim.patch(f"/Users/{ident}", PATCH)
    yield scim.put(f"/Users/{ident}", {"userName": "somebody@example.com"})
    yield scim.delete(f"/Users/{ident}")
    yield scim.get("/ServiceProviderConfig")


def await_status(scim: Scim, path: str, status: int) -> None:
    deadline = time.monotonic() + 20
    while (reply := scim.get(path)).status != status:
        assert time.monotonic() < deadline, reply.body
        time.sleep(0.1)


def test_cluster_that_is_down_is_noticed_by_its_organizations_alone(
    postgresql_url: str, other: PostgresServer, tmp_path: Path
) -> None:
    settings = two_shards(tmp_path, postgresql_url, other.create_database(), port=free_port())
    known = Sharded(settings)
    here, there = known.connect(FIRST), known.connect(EAST)
    _, key = api_keys.create(known.database(EAST), there.organization, "Portal", "read")
    known.close()
    live = Live(settings, OPTIID_SHARDS=f"{EAST}={settings.shards[0][1]}")
    try:
        near, far = Scim(live.send, here), Scim(live.send, there)
        user, distant = near.a_user()["id"], far.a_user()["id"]
        halt(other)
        for _ in range(3):
            for reply in everything(far, distant):
                check_unavailable(reply)
            told = live.send("GET", "/api/v1/users", None, {"Authorization": f"Bearer {key}"})
            assert (told.status, told.headers["Content-Type"]) == (503, "application/problem+json")
            assert near.patch(f"/Users/{user}", PATCH).status == 200
            near.a_user()
            unknown = {"Authorization": f"Bearer {mint_token()}"}
            assert live.send("GET", f"{PREFIX}/Users", None, unknown).status == 401
            assert live.send("GET", "/readyz", None, {}).status == 200
        resume(other)
        await_status(far, f"/Users/{distant}", 200)
        assert far.patch(f"/Users/{distant}", PATCH).status == 200
    finally:
        live.stop()


def test_shard_need_not_be_there_when_the_service_starts(
    postgresql_url: str, other: PostgresServer, tmp_path: Path
) -> None:
    settings = two_shards(tmp_path, postgresql_url, other.create_database())
    running = Sharded(settings)
    here, there = running.connect(FIRST), running.connect(EAST)
    running.close()
    halt(other)
    running = Sharded(settings)
    near, far = Scim(running.send, here), Scim(running.send, there)
    for _ in range(2):
        check_unavailable(far.get("/Users"))
        assert near.get("/Users").status == 200
    resume(other)
    await_status(far, "/Users", 200)
    running.close()


def test_organizations_of_other_shards_outlive_the_first(
    postgresql_url: str, other: PostgresServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("optiid.dispatching.ROUTE_SECONDS", 0.0)
    running = Sharded(two_shards(tmp_path, other.create_database(), postgresql_url))
    near, known, unknown = running.scim(FIRST), running.scim(EAST), running.scim(EAST)
    user = known.a_user()["id"]
    near.a_user()
    halt(other)
    for _ in range(2):
        assert known.patch(f"/Users/{user}", PATCH).status == 200
        for scim in (near, unknown):
            check_unavailable(scim.get("/Users"))
    resume(other)
    await_status(near, "/Users", 200)
    assert unknown.get("/Users").status == 200
    running.close()


def test_organization_moves_from_one_cluster_to_another_and_stays_when_that_goes_down(
    postgresql_url: str, other: PostgresServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sharding, "SETTLING_SECONDS", 0.1)
    monkeypatch.setattr(pool, "PAUSE_SECONDS", 0.0)  # a server that is back is asked at once
    running = Sharded(two_shards(tmp_path, postgresql_url, other.create_database()))
    scim, original = running.scim(FIRST), row_copies.insert
    users = [scim.a_user() for _ in range(3)]
    organization = scim.connected.organization

    def die(database: Database, table: Table, rows: Sequence[Row]) -> None:
        if table.name == "resource":
            halt(other)
        original(database, table, rows)

    with monkeypatch.context() as patched:
        patched.setattr(row_copies, "insert", die)
        with pytest.raises(UnavailableError):
            place(running, organization, EAST)
    # Nobody waits until the other cluster is back: the organization was never away.
    assert scim.patch(f"/Users/{users[0]['id']}", PATCH).status == 200
    resume(other)
    place(running, organization, EAST)
    for user in users:
        assert scim.get(f"/Users/{user['id']}").status == 200
    assert scim.get(f"/Users/{users[0]['id']}").body["title"] == "Boss"
    scim.a_user()
    # It lies there alone, and shares its fate.
    halt(other)
    check_unavailable(scim.get("/Users"))
    resume(other)
    await_status(scim, "/Users", 200)
    assert place(running, organization, FIRST).shard == FIRST
    halt(other)
    # Whoever remembers that it lay there asks anew after the first answer.
    check_unavailable(scim.get("/Users"))
    assert scim.get("/Users").body["totalResults"] == 4
    resume(other)
    running.close()


def place(running: Sharded, organization: str, shard: str) -> sharding.Placed:
    return sharding.place(running.shards, organization, shard, lambda *_: lambda _: None)
