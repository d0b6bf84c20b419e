"""Nothing is left in the files of a database of what was deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import peewee
import pytest

from optiid.errors import InvalidInputError, UnavailableError
from optiid.storage.compacting import compact
from optiid.storage.database import open_database
from optiid.storage.migrating import ensure_ready
from tests.running import settings_in

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

WORD = "zebulon-the-deleted"


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Any]:
    opened = open_database(settings_in(tmp_path))
    ensure_ready(opened)
    yield opened
    opened.close()


def holding(home: Path) -> list[str]:
    return [path.name for path in home.iterdir() if path.is_file() and WORD.encode() in path.read_bytes()]


def test_what_was_deleted_is_in_no_file(database: Any, tmp_path: Path) -> None:
    database.transaction(lambda: database.execute("CREATE TABLE told (word TEXT)"))
    words = [f"{WORD}{number}" for number in range(2000)]
    database.transaction(lambda: [database.execute("INSERT INTO told VALUES (?)", (word,)) for word in words])
    database.transaction(lambda: database.execute("DELETE FROM told"))
    assert holding(tmp_path)
    before, after = compact(database)
    assert before > after
    assert holding(tmp_path) == []


def test_whoever_reads_the_old_pages_is_told_of(database: Any, tmp_path: Path) -> None:
    reader = peewee.sqlite3.connect(tmp_path / "optiid.sqlite", isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT COUNT(*) FROM organization").fetchall()
    with pytest.raises(UnavailableError, match="run it again"):
        compact(database)
    reader.close()
    compact(database)


def test_postgresql_has_a_command_of_its_own(postgresql_url: str, tmp_path: Path) -> None:
    opened = open_database(settings_in(tmp_path, postgresql_url))
    with pytest.raises(InvalidInputError, match="vacuumdb --full"):
        compact(opened)
    opened.close()
