"""The map says where a credential leads, keeps names apart, and is not touched where there is one database only."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from optiid.errors import ConflictError
from optiid.services import organization_rules, organizations
from optiid.storage import shard_map
from optiid.storage.shard_map import Placement, Route
from optiid.storage.shards import FIRST, Shards
from tests.running import InProcess, settings_in
from tests.shards import EAST, two_shards

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(params=["sqlite", "postgresql"])
def shards(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Shards]:
    url = request.getfixturevalue("postgresql_server").create_database() if request.param == "postgresql" else ""
    opened = Shards(two_shards(tmp_path, url))
    yield opened
    opened.close()


def test_route_follows_the_placement_of_its_organization(shards: Shards) -> None:
    first, east = shards.first, shards.get(EAST)
    made = organizations.create(east, "Acme")
    entered = shard_map.placement(first, made.id)
    assert (entered.shard, entered.stage, bool(entered.noted_at)) == (EAST, "", True)
    shard_map.announce(east, made.id, "digest")
    shard_map.announce(east, "", "whole")
    shard_map.announce(first, made.id, "nowhere")
    assert shard_map.find_route(first, "digest") == Route(made.id, EAST)
    assert shard_map.find_route(first, "whole") == Route("", EAST)
    assert shard_map.find_route(first, "nowhere") is None
    assert shard_map.change(first, entered, Placement(made.id, FIRST, EAST, "leaving"))
    assert not shard_map.change(first, entered, Placement(made.id, EAST))
    assert shard_map.find_route(first, "digest") == Route(made.id, FIRST)
    assert shard_map.placements(first) == [Placement(made.id, FIRST, EAST, "leaving")]
    assert shard_map.owner(east, "acme") == made.id == shard_map.owner(east, made.id)
    assert shard_map.owner(east, "unknown") is None


def test_organization_that_is_not_made_gives_its_name_back(shards: Shards) -> None:
    east = shards.get(EAST)

    def fail() -> None:
        with shard_map.entered(east, "one", "Acme"):
            raise ConflictError("for some reason")

    for _ in range(2):
        with pytest.raises(ConflictError, match="for some reason"):
            fail()
    organizations.create(shards.first, "Acme")
    with pytest.raises(ConflictError, match="'ACME' exists already"):
        organizations.create(east, "ACME")


def test_one_database_has_no_map(tmp_path: Path) -> None:
    running = InProcess(settings_in(tmp_path))
    running.connect()
    for table in ("shard_placement", "shard_route"):
        assert running.database.rows(f"SELECT 1 FROM {table}") == []
    running.database.close()


def test_names_are_not_promised_to_be_unique_across_shards(shards: Shards) -> None:
    made = organizations.create(shards.first, "Acme")
    for attempt in (
        lambda: organizations.create(shards.get(EAST), "Other", preset="opti"),
        lambda: organization_rules.change(shards.first, made.id, {"unique_names": "installation"}),
    ):
        with pytest.raises(ConflictError, match="is not kept across several shards"):
            attempt()
    assert organization_rules.of_organization(shards.first, made.id).unique_names == "organization"
