"""The tables as the database itself tells of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from optiid.services import organizations
from optiid.storage import catalog
from optiid.storage.database import Database, open_database
from optiid.storage.migrating import ensure_ready
from tests.conftest import database_url
from tests.running import settings_in

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    opened = open_database(settings_in(tmp_path, database_url(request.param, request)))
    ensure_ready(opened)
    yield opened
    opened.close()


def test_tables_come_after_those_they_refer_to(database: Database) -> None:
    names = [table.name for table in catalog.tables(database)]
    assert set(names) == set(catalog.names(database)) - {catalog.MIGRATIONS}
    for parent, child in (
        ("organization", "connection"),
        ("connection", "resource"),
        ("resource", "membership"),
        ("product_instance", "team"),
        ("api_key", "idempotent_request"),
    ):
        assert names.index(parent) < names.index(child)


def test_columns_and_keys_are_the_same_on_both(database: Database) -> None:
    table = next(table for table in catalog.tables(database) if table.name == "membership")
    assert table.columns == ("group_id", "member_id", "organization")
    assert table.key == ("organization", "group_id", "member_id")
    resource = next(table for table in catalog.tables(database) if table.name == "resource")
    assert resource.documents == ({"search"} if database.dialect.name == "postgresql" else set())


def test_rows_are_noticed(database: Database) -> None:
    assert not catalog.holds_rows(database)
    organizations.create(database, "Acme")
    assert catalog.holds_rows(database)
