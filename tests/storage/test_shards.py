"""A transaction for an organization that is on its way is refused, and shards know their names."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from optiid.errors import SettingsError, UnavailableError
from optiid.services import organizations
from optiid.storage.shards import FIRST, MOVING, ShardDatabase, Shards, on_behalf_of
from tests.shards import EAST, two_shards

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

GATE = "UPDATE connection SET state = ? WHERE organization = ? AND id = organization"
OWN = "UPDATE shard_placement SET stage = ? WHERE organization = ''"


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ShardDatabase]:
    """The second of two shards."""
    url = request.getfixturevalue("postgresql_server").create_database() if request.param == "postgresql" else ""
    shards = Shards(two_shards(tmp_path, "", url))
    yield shards.get(EAST)
    shards.close()


def set_state(database: ShardDatabase, sql: str, *values: str) -> None:
    database.transaction(lambda: database.execute(sql, values))


def test_transactions_for_an_organization_on_its_way_are_refused(database: ShardDatabase) -> None:
    one, other = (organizations.create(database, name).id for name in ("One", "Other"))
    set_state(database, GATE, MOVING, one)
    for acting, closed in ((one, True), (other, False), ("", False), ("unknown", True)):
        with database.acting_for(acting):
            if closed:
                with pytest.raises(UnavailableError, match="on its way to another server"):
                    database.transaction(lambda: None)
            else:
                database.transaction(lambda: None)
    set_state(database, OWN, MOVING)
    with database.acting_for(""), pytest.raises(UnavailableError):
        database.transaction(lambda: None)
    database.transaction(lambda: None)
    with on_behalf_of(database, one), pytest.raises(UnavailableError):
        database.transaction(lambda: None)


def test_gate_waits_for_transactions_that_began_before(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    server = request.getfixturevalue("postgresql_server")
    shards = Shards(two_shards(tmp_path, server.create_database(), server.create_database()))
    database = shards.get(EAST)
    one = organizations.create(database, "One").id
    begun, closing, order = threading.Event(), threading.Event(), []

    def write() -> None:
        begun.set()
        closing.wait(10)
        order.append("written")

    def in_time() -> None:
        with database.acting_for(one):
            database.transaction(write)
        database.leave()

    def close() -> None:
        closing.set()
        hold = "SELECT 1 FROM connection c WHERE c.organization = ? AND c.id = c.organization FOR UPDATE"
        database.execute(hold, (one,))
        order.append("closed")

    thread = threading.Thread(target=in_time)
    thread.start()
    assert begun.wait(10)
    database.transaction(close)
    thread.join(10)
    assert order == ["written", "closed"]
    shards.close()


def test_shard_that_is_another_is_refused(tmp_path: Path) -> None:
    shards = Shards(two_shards(tmp_path))
    assert (shards.names, shards.get(EAST).first.name) == ([FIRST, EAST], FIRST)
    with pytest.raises(SettingsError, match="There is no shard 'west': the setting `shards` has first, east"):
        shards.get("west")
    shards.close()
    swapped = Shards(two_shards(tmp_path, east=f"sqlite:///{tmp_path}/optiid.sqlite"))
    with pytest.raises(SettingsError, match="call shard 'east' is shard 'first': give each its own name"):
        swapped.get(EAST)
    swapped.close()


def test_server_that_is_away_is_in_doubt_until_it_answers(tmp_path: Path) -> None:
    shards = Shards(two_shards(tmp_path, east="postgresql://optiid@127.0.0.1:1/none"))
    told: list[str] = []
    assert [database.name for database in shards.reachable(lambda name, _: told.append(name))] == [FIRST]
    assert told == [EAST]
    assert not shards.first.in_doubt
    shards.close()
