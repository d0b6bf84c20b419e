"""How far a move is stands in its target, and keeps services from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from optiid.errors import OptiidError
from optiid.storage import catalog, move_state
from optiid.storage.database import Database, open_database
from optiid.storage.migrating import ensure_ready, migrate
from optiid.storage.move_state import BEGINNING, Position
from tests.conftest import database_url
from tests.running import settings_in

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    opened = open_database(settings_in(tmp_path, database_url(request.param, request)))
    migrate(opened)
    yield opened
    opened.close()


def test_from_beginning_to_end(database: Database) -> None:
    assert not move_state.is_begun(database)
    move_state.begin(database)
    move_state.begin(database)
    assert move_state.is_begun(database)
    assert (move_state.source(database), move_state.position(database, "resource")) == ("", BEGINNING)
    with pytest.raises(OptiidError, match="run `optiid db move` again"):
        ensure_ready(database)
    reached = Position(["organization", 7], 500, complete=False)
    for _ in range(2):
        database.transaction(lambda: move_state.note_position(database, "resource", reached))
    database.transaction(lambda: move_state.note_source(database, "x"))
    assert (move_state.source(database), move_state.position(database, "resource")) == ("x", reached)
    database.transaction(lambda: move_state.forget_positions(database))
    assert (move_state.source(database), move_state.position(database, "resource")) == ("", BEGINNING)
    move_state.end(database)
    assert catalog.MOVE not in catalog.names(database)
    ensure_ready(database)
