"""The online backup of SQLite, in both directions; what a service sees of it is in tests/services/test_backups.py."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

import pytest

from optiid.errors import InvalidInputError, UnavailableError
from optiid.services import organizations
from optiid.storage import sqlite_copies
from optiid.storage.database import Database, open_database
from optiid.storage.migrating import ensure_ready, names
from tests.running import settings_in

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = open_database(settings_in(tmp_path / "home"))
    ensure_ready(opened)
    organizations.create(opened, "Acme")
    yield opened
    opened.close()


def test_copy_is_one_file_and_keeps_the_log_of_the_database_it_goes_into(database: Database, tmp_path: Path) -> None:
    shares: list[int] = []
    sqlite_copies.write(database, tmp_path / "copy", shares.append)
    assert shares[-1] == 100
    assert sqlite_copies.applied(tmp_path / "copy") == names()
    organizations.create(database, "Later")
    sqlite_copies.put_back(database, tmp_path / "copy", shares.append)
    assert [one.name for one in organizations.list_all(database)] == ["Acme"]
    assert database.reading(lambda: database.row("PRAGMA journal_mode")) == ("wal",)
    assert [path.name for path in tmp_path.glob("copy*")] == ["copy"]


def test_whoever_writes_too_long_is_not_overwritten(database: Database, tmp_path: Path) -> None:
    sqlite_copies.write(database, tmp_path / "copy", lambda _: None)
    # Of the same library: two in one process do not see each other's locks.
    other = sqlite_copies._sqlite.connect(tmp_path / "home" / "optiid.sqlite", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    database.reading(lambda: database.execute("PRAGMA busy_timeout = 10"))
    with pytest.raises(UnavailableError, match="busy"):
        sqlite_copies.put_back(database, tmp_path / "copy", lambda _: None, patience=0.3)
    other.close()


def test_rows_that_refer_to_nothing_are_damage(database: Database, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    sqlite_copies.write(database, copy, lambda _: None)
    opened = sqlite3.connect(copy)
    opened.execute("DELETE FROM organization")
    opened.commit()
    opened.close()
    with pytest.raises(InvalidInputError, match="refers to nothing"):
        sqlite_copies.applied(copy)
