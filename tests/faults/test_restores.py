"""A backup of a hundred thousand users, restored elsewhere within a minute and row for row (G18)."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from optiid.clock import new_id
from optiid.scim.resource_types import USER
from optiid.services import backups
from optiid.storage import catalog, resources
from optiid.storage.database import Database, open_database
from optiid.storage.resources import Scope
from tests.conftest import database_url
from tests.running import InProcess, settings_in

if TYPE_CHECKING:
    from pathlib import Path

PEOPLE, SLICE, SECONDS = 100_000, 5_000, 60


def fill(database: Database, scope: Scope) -> None:
    """Make the people, a slice in each transaction."""

    def some(first: int) -> None:
        for number in range(first, first + SLICE):
            body = {"userName": f"user{number}@example.com", "displayName": f"user {number}", "externalId": str(number)}
            resources.insert(database, scope, USER, new_id(), body, "living")

    for first in range(0, PEOPLE, SLICE):
        database.transaction(lambda first=first: some(first))  # type: ignore[misc]


@pytest.mark.soak
@pytest.mark.timeout(600)
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_hundred_thousand_users_are_restored_within_a_minute(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    service = InProcess(settings_in(tmp_path / "here", database_url(kind, request)))
    connected = service.connect()
    fill(service.database, Scope(connected.organization, connected.connection))
    target = open_database(settings_in(tmp_path / "there", database_url(kind, request)))
    began = time.monotonic()
    backups.back_up(service.database, tmp_path / "copy", lambda _: None)
    made = time.monotonic()
    backups.restore(target, tmp_path / "copy", False, lambda _: None)
    taken = time.monotonic() - made
    print(f"\n{kind}: {PEOPLE:,} users backed up in {made - began:.1f} s, restored in {taken:.1f} s")
    for table in catalog.tables(service.database):
        sql = f'SELECT * FROM "{table.name}" ORDER BY {", ".join(table.key)}'
        here, there = (one.engine.execute_sql(sql).fetchall() for one in (service.database, target))
        assert here == there, table.name
    assert taken < SECONDS
    service.database.close()
    target.close()
