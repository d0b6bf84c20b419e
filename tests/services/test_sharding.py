"""An organization moves to another shard while it is written to, and nothing that was acknowledged is lost."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest

from optiid.errors import ConflictError, NotFoundError
from optiid.services import auditing, sharding
from optiid.storage import shard_map
from optiid.storage.shard_map import Placement
from optiid.storage.shards import FIRST
from tests.running import Scim
from tests.shards import EAST, Sharded, two_shards

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(params=["sqlite", "postgresql"])
def sharded(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sharded]:
    urls = ["", ""]
    if request.param == "postgresql":
        server = request.getfixturevalue("postgresql_server")
        urls = [server.create_database(), server.create_database()]
    monkeypatch.setattr(sharding, "SETTLING_SECONDS", 0.1)
    running = Sharded(two_shards(tmp_path, *urls))
    yield running
    running.close()


def watch(_noun: str, _total: int) -> Any:
    return lambda _done: None


def rows_of(sharded: Sharded, shard: str, organization: str) -> int:
    database = sharded.database(shard)
    sql = """
        SELECT (SELECT COUNT(*) FROM resource WHERE organization = ?)
               + (SELECT COUNT(*) FROM organization WHERE id = ?)"""
    return int(database.reading(lambda: database.rows(sql, (organization, organization)))[0][0])


def test_move_under_concurrent_writes_loses_nothing(sharded: Sharded) -> None:
    scim, bystander = sharded.scim(), sharded.scim()
    organization = scim.connected.organization
    ending, acknowledged, others = threading.Event(), list[str](), set[int]()

    def write() -> None:
        own, number = Scim(sharded.send, scim.connected), 0
        while not ending.is_set():
            number += 1
            reply = own.post("/Users", {"userName": f"{threading.get_ident()}-{number}@example.com"})
            if reply.status == 201:
                acknowledged.append(reply.body["id"])
            else:
                others.add(reply.status)

    threads = [threading.Thread(target=write) for _ in range(2)]
    for thread in threads:
        thread.start()
    try:
        assert sharding.place(sharded.shards, organization, EAST, watch).shard == EAST
        bystander.a_user()
    finally:
        ending.set()
        for thread in threads:
            thread.join()
    assert others <= {503}
    assert scim.get("/Users?count=0").body["totalResults"] == len(acknowledged) > 0
    assert all(scim.get(f"/Users/{ident}").status == 200 for ident in acknowledged[-5:])
    assert rows_of(sharded, FIRST, organization) == 0
    assert rows_of(sharded, EAST, organization) == len(acknowledged) + 1
    assert not auditing.verify(sharded.database(EAST), organization, []).faults
    assert bystander.get("/Users?count=0").body["totalResults"] == 1


def test_move_that_was_cut_off_goes_on(sharded: Sharded, monkeypatch: pytest.MonkeyPatch) -> None:
    scim = sharded.scim()
    user, organization = scim.a_user(), scim.connected.organization

    class Cut(BaseException):
        """The process was killed."""

    def kill(*_: Any) -> None:
        raise Cut

    for place, during in ((FIRST, "row_copies.insert"), (EAST, "shard_moves.retire"), (EAST, "shard_moves.open_gate")):
        module, _, name = during.partition(".")
        with monkeypatch.context() as patched:
            patched.setattr(getattr(sharding, module), name, kill)
            with pytest.raises(Cut):
                sharding.place(sharded.shards, organization, EAST, watch)
        assert shard_map.placement(sharded.shards.first, organization).shard == place
        assert scim.get(f"/Users/{user['id']}").body == user
        assert scim.post("/Users", {"userName": "somebody@example.com"}).status == 503
    sharding.place(sharded.shards, organization, EAST, watch)
    assert shard_map.placement(sharded.shards.first, organization) == Placement(organization, EAST)
    assert scim.get(f"/Users/{user['id']}").body == user
    assert scim.post("/Users", {"userName": "somebody@example.com"}).status == 201
    assert rows_of(sharded, FIRST, organization) == 0


def test_move_that_fails_or_is_called_back_leaves_everything(sharded: Sharded, monkeypatch: pytest.MonkeyPatch) -> None:
    scim = sharded.scim()
    organization = scim.connected.organization

    def differ(*_: Any) -> None:
        raise ConflictError("The copy differs")

    with monkeypatch.context() as patched:
        patched.setattr(sharding, "_compare", differ)
        with pytest.raises(ConflictError):
            sharding.place(sharded.shards, organization, EAST, watch)
    scim.a_user()
    assert rows_of(sharded, EAST, organization) == 0
    assert sharding.place(sharded.shards, organization, FIRST, watch).rows == 0
    with pytest.raises(NotFoundError):
        sharding.place(sharded.shards, "nobody", EAST, watch)
