"""Slices of rows and their checksum, which does not depend on the order or on how a database writes a document."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from optiid.errors import ConflictError
from optiid.services import organizations
from optiid.storage import catalog, row_copies
from optiid.storage.catalog import Table
from optiid.storage.database import Database, open_database
from optiid.storage.migrating import ensure_ready
from tests.conftest import database_url
from tests.running import settings_in

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

THING = Table("thing", ("document", "id"), ("id",), frozenset({"document"}))


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    opened = open_database(settings_in(tmp_path, database_url(request.param, request)))
    ensure_ready(opened)
    yield opened
    opened.close()


def test_slices_bring_all_rows_once_in_order_and_from_any_place_on(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(row_copies, "SLICE", 3)
    for number in range(7):
        organizations.create(database, f"Organization {number}")
    table = next(table for table in catalog.tables(database) if table.name == "product_role")
    found = list(row_copies.slices(database, table))
    assert [len(slice_) for slice_ in found] == [3, 3, 1]
    rows = [row for slice_ in found for row in slice_]
    keys = [row_copies.key_of(table, row) for row in rows]
    assert keys == sorted(set(keys))
    assert [row for slice_ in row_copies.slices(database, table, keys[2]) for row in slice_] == rows[3:]
    assert row_copies.count(database, table) == 7


def test_rows_that_do_not_fit_are_told(database: Database) -> None:
    organizations.create(database, "Acme")
    table = next(table for table in catalog.tables(database) if table.name == "organization")
    rows = next(row_copies.slices(database, table))
    with pytest.raises(ConflictError, match="organization do not fit"):
        database.transaction(lambda: row_copies.insert(database, table, rows))
    database.transaction(lambda: row_copies.clear(database, catalog.tables(database)))
    database.transaction(lambda: row_copies.insert(database, table, rows))
    assert next(row_copies.slices(database, table)) == rows


def test_checksum_depends_on_values_and_nothing_else() -> None:
    rows = [('{"a": 1.0, "b": [1e3, null]}', "x"), ("{}", "y"), (None, "z")]
    same = [(None, "z"), ("{ }", "y"), ('{"b":[1000,null],"a":1}', "x")]
    assert row_copies.checksum(THING, rows) == row_copies.checksum(THING, same)
    parts = (row_copies.checksum(THING, same[:1]), row_copies.checksum(THING, same[1:]))
    assert row_copies.added(*parts) == row_copies.checksum(THING, rows)
    for other in (rows[:2], [*rows, rows[0]], [*rows[:2], ("null", "z")], [('{"a": 1.5}', "x"), *rows[1:]]):
        assert row_copies.checksum(THING, other) != row_copies.checksum(THING, rows)
