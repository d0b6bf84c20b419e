"""Whatever was cut off between two shards, and wherever, is ended by the upkeep, and costs nobody anything."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import orjson
import pytest

from optiid.errors import ConflictError
from optiid.services import api_keys, organizations, shard_upkeep, sharding, tokens
from optiid.storage import shard_map, shard_moves
from optiid.storage.shard_map import Placement
from optiid.storage.shards import FIRST
from tests.shards import EAST, Sharded, shards_on, two_shards

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

NOTHING = {"ended moves": 0, "freed names": 0, "dropped routes": 0}


class Cut(BaseException):
    """The process was killed."""


def kill(*_: Any, **__: Any) -> None:
    raise Cut


@pytest.fixture
def sharded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sharded]:
    monkeypatch.setattr(sharding, "SETTLING_SECONDS", 0.0)
    running = Sharded(two_shards(tmp_path))
    yield running
    running.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def both(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Sharded]:
    yield from shards_on(request, tmp_path)


def later(sharded: Sharded, monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """Return what the upkeep does when long enough nobody gave a sign of life."""
    assert shard_upkeep.run(sharded.shards) == NOTHING
    with monkeypatch.context() as patched:
        patched.setattr(shard_upkeep, "GIVEN_UP", timedelta(0))
        done = shard_upkeep.run(sharded.shards)
        assert shard_upkeep.run(sharded.shards) == NOTHING
    return done


def cut(monkeypatch: pytest.MonkeyPatch, module: Any, name: str, work: Callable[[], object]) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(module, name, kill)
        with pytest.raises(Cut):
            work()


def moving(sharded: Sharded, organization: str, shard: str = EAST) -> Callable[[], object]:
    return partial(sharding.place, sharded.shards, organization, shard, lambda *_: lambda _: None)


def test_names_and_routes_of_what_was_never_made_are_given_up(both: Sharded, monkeypatch: pytest.MonkeyPatch) -> None:
    east = both.database(EAST)
    kept = organizations.create(east, "Kept")
    cut(monkeypatch, east, "transaction", partial(organizations.create, east, "Acme"))
    with pytest.raises(ConflictError, match="exists already"):
        organizations.create(both.shards.first, "Acme")
    assert later(both, monkeypatch) == NOTHING | {"freed names": 1}
    organizations.create(both.shards.first, "Acme")
    assert shard_map.placement(both.shards.first, kept.id) == Placement(kept.id, EAST)
    check_route_of_a_credential_that_was_never_made(both, monkeypatch)


def check_route_of_a_credential_that_was_never_made(both: Sharded, monkeypatch: pytest.MonkeyPatch) -> None:
    east, scim = both.database(EAST), both.scim(EAST)
    _, key = api_keys.create(east, "", "Operations", "admin")
    cut(monkeypatch, east, "transaction", partial(tokens.create, east, scim.connected.connection))
    assert len(both.shards.first.rows("SELECT 1 FROM shard_route")) == 3
    assert later(both, monkeypatch) == NOTHING | {"dropped routes": 1}
    assert scim.get("/Users").status == 200
    assert both.send("GET", "/api/v1/organizations", None, {"Authorization": f"Bearer {key}"}).status == 200
    assert shard_map.unrouted(east, scim.connected.organization) == 0


def test_nothing_is_given_up_while_a_shard_cannot_be_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    running = Sharded(two_shards(tmp_path))
    running.scim(EAST)
    count = "SELECT (SELECT COUNT(*) FROM shard_route), (SELECT COUNT(*) FROM shard_placement)"
    known = running.shards.first.rows(count)
    running.close()
    running = Sharded(two_shards(tmp_path, east="postgresql://optiid@127.0.0.1:1/none"))
    assert later(running, monkeypatch) == NOTHING
    assert running.shards.first.rows(count) == known
    running.close()


# Where a move can be cut off, and where the organization lies then.
CUTS = (
    (shard_moves, "close_gate", FIRST),
    (shard_moves, "remove", FIRST),
    (sharding.row_copies, "insert", FIRST),
    (sharding, "_compare", FIRST),
    (shard_map, "announce_all", FIRST),
    (shard_moves, "is_closed", FIRST),
    (shard_moves, "retire", EAST),
    (shard_moves, "open_gate", EAST),
    (sharding.journal, "record", EAST),
    (shard_moves, "open_whole_gate", EAST),
)


def test_move_is_ended_wherever_it_was_cut_off(sharded: Sharded, monkeypatch: pytest.MonkeyPatch) -> None:
    _, key = api_keys.create(sharded.shards.first, "", "Operations", "admin")
    for module, name, shard in CUTS:
        scim = sharded.scim()
        user, organization = scim.a_user(), scim.connected.organization
        cut(monkeypatch, module, name, moving(sharded, organization))
        assert shard_map.placement(sharded.shards.first, organization).shard == shard, name
        (text,) = shard_upkeep.faults(sharded.shards)
        assert text.startswith(f"organization {organization} is {'moving' if shard == FIRST else 'leaving'}: run"), name
        assert later(sharded, monkeypatch) == NOTHING | {"ended moves": 1}, name
        assert list(shard_upkeep.faults(sharded.shards)) == [], name
        assert shard_map.placement(sharded.shards.first, organization) == Placement(organization, shard), name
        assert scim.get(f"/Users/{user['id']}").body == user, name
        scim.a_user()
        headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        made = sharded.send("POST", "/api/v1/organizations", orjson.dumps({"name": name}), headers)
        assert made.status == 201, name
        for one in (FIRST, EAST):
            rows = sharded.database(one).rows("SELECT id FROM organization WHERE id = ?", (organization,))
            assert len(rows) == (1 if one == shard else 0), name


def test_command_whose_move_was_given_up_brings_nothing_about_any_more(
    sharded: Sharded, monkeypatch: pytest.MonkeyPatch
) -> None:
    scim = sharded.scim()
    organization, original = scim.connected.organization, shard_moves.is_closed

    def freeze(*given: Any) -> bool:
        found = original(*given)
        assert later(sharded, monkeypatch) == NOTHING | {"ended moves": 1}
        scim.a_user()
        return found

    with monkeypatch.context() as patched:
        patched.setattr(shard_moves, "is_closed", freeze)
        with pytest.raises(ConflictError, match="Another command went on with the move"):
            moving(sharded, organization)()
    assert scim.get("/Users?count=0").body["totalResults"] == 1
    scim.a_user()
    moving(sharded, organization)()
    assert scim.get("/Users?count=0").body["totalResults"] == 2


def test_what_does_not_fit_together_is_told_and_put_right(sharded: Sharded) -> None:
    scim, first = sharded.scim(EAST), sharded.shards.first
    organization = scim.connected.organization
    assert list(shard_upkeep.faults(sharded.shards)) == []
    first.transaction(lambda: first.execute("DELETE FROM shard_route"))
    assert "does not know 1 credentials" in next(shard_upkeep.faults(sharded.shards))
    first.transaction(lambda: first.execute("DELETE FROM shard_placement WHERE organization <> ''"))
    assert "of which the map does not know: `optiid" in next(shard_upkeep.faults(sharded.shards))
    assert scim.get("/Users").status == 401
    moving(sharded, organization)()
    assert scim.get("/Users").status == 200
    assert list(shard_upkeep.faults(sharded.shards)) == []
    placed = shard_map.placement(first, organization)
    assert shard_map.change(first, placed, Placement(organization, FIRST))
    assert [text.partition(":")[0] for text in shard_upkeep.faults(sharded.shards)] == [
        f"organization {organization} is not on shard first, as the map says",
        f"organization {organization} lies on shard east, and the map says first",
    ]
    with pytest.raises(ConflictError, match="is said to lie on shard first and is not there"):
        moving(sharded, organization)()
