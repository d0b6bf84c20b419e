"""What leaves a shard is hidden and lets nobody in, and what is seen is never removed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from optiid.errors import ConflictError, UnavailableError
from optiid.services import organizations
from optiid.storage import catalog, shard_moves
from optiid.storage.shards import Shards
from tests.shards import two_shards

if TYPE_CHECKING:
    from pathlib import Path


def test_organization_is_closed_hidden_and_removed(tmp_path: Path) -> None:
    shards = Shards(two_shards(tmp_path))
    database = shards.first
    made = organizations.create(database, "Acme").id
    tables = [table for table in catalog.tables(database) if table.name not in shard_moves.MAP]
    shard_moves.close_gate(database, made)
    with database.acting_for(made), pytest.raises(UnavailableError):
        database.transaction(lambda: None)
    database.transaction(lambda: shard_moves.open_gate(database, made))
    shard_moves.open_whole_gate(database)
    with database.acting_for(made):
        database.transaction(lambda: None)
    with pytest.raises(ConflictError, match="for everybody to see"):
        shard_moves.remove(database, tables, made)
    shard_moves.retire(database, made)
    assert not shard_moves.is_shown(database, made)
    assert shard_moves.whole(database, made) == [made]
    shard_moves.remove(database, tables, made)
    assert database.rows("SELECT 1 FROM organization") == []
    shards.close()
