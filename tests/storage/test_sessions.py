"""What connections say of themselves reaches the databases."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optiid.storage.database import open_database
from optiid.storage.sessions import PRAGMAS, REACHING, SESSION
from tests.running import settings_in

if TYPE_CHECKING:
    from pathlib import Path

# As SQLite tells them.
NUMBERS = {"synchronous": 2, "temp_store": 2}


def test_postgresql(postgresql_url: str, tmp_path: Path) -> None:
    database = open_database(settings_in(tmp_path, postgresql_url))
    rows = dict(database.reading(lambda: database.rows("SELECT s.name, s.setting FROM pg_settings s")))
    assert {name: rows[name] for name in SESSION} == {name: str(value) for name, value in SESSION.items()}
    told = database.engine.connection().info.get_parameters()
    assert {name: int(told[name]) for name in REACHING} == REACHING
    database.close()


def test_sqlite(tmp_path: Path) -> None:
    database = open_database(settings_in(tmp_path))
    for name, value in PRAGMAS.items():
        row = database.reading(lambda sql=f"PRAGMA {name}": database.row(sql))  # type: ignore[misc]
        assert row == (NUMBERS.get(name, value),), name
    database.close()
