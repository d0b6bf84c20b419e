"""What connections say of themselves reaches the databases."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from optiid.errors import UnavailableError
from optiid.storage.database import open_database
from optiid.storage.migrating import migrate
from optiid.storage.sessions import PRAGMAS, REACHING, SESSION, is_pooled, lost, unhurried
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


@pytest.mark.parametrize("kept", [True, False])
def test_statements_are_kept_ready_or_not(postgresql_url: str, tmp_path: Path, kept: bool) -> None:
    database = open_database(settings_in(tmp_path, postgresql_url, prepare_statements=kept))

    def ready() -> bool:
        return bool(database.rows("SELECT 1 FROM pg_prepared_statements"))

    assert [database.reading(ready) for _ in range(8)][-1] is kept
    database.close()


def test_commands_take_their_time_and_requests_do_not(
    postgresql_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(SESSION, "statement_timeout", 50)
    database = open_database(settings_in(tmp_path, postgresql_url))

    def sleep() -> None:
        database.transaction(lambda: database.execute("SELECT pg_sleep(0.2)"))

    with unhurried(database):
        sleep()
    with pytest.raises(UnavailableError):
        sleep()
    folder = tmp_path / "migrations"
    folder.mkdir()
    (folder / "0001_expand_slow.py").write_text("def up(_migrator, db):\n    db.execute_sql('SELECT pg_sleep(0.2)')\n")
    monkeypatch.setattr("optiid.storage.migrating.FOLDER", folder)
    assert migrate(database) == ["0001_expand_slow"]
    with pytest.raises(UnavailableError):
        sleep()
    database.close()


def test_what_an_account_has_to_say_where_connections_cannot(
    postgresql_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = open_database(settings_in(tmp_path, postgresql_url))
    assert (lost(database), is_pooled(database)) == ({}, False)
    monkeypatch.setitem(SESSION, "lock_timeout", 7)
    assert lost(database) == {"lock_timeout": "ALTER ROLE optiid SET lock_timeout = 7"}
    database.close()


def test_sqlite(tmp_path: Path) -> None:
    database = open_database(settings_in(tmp_path))
    assert (lost(database), is_pooled(database)) == ({}, False)
    for name, value in PRAGMAS.items():
        row = database.reading(lambda sql=f"PRAGMA {name}": database.row(sql))  # type: ignore[misc]
        assert row == (NUMBERS.get(name, value),), name
    database.close()
