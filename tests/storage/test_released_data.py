"""Data of a released version is all there after the migrations, however often these were cut off (rule R17, G3)."""

from __future__ import annotations

import json
import os
import shutil
import signal
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from optiid.errors import OptiidError
from optiid.services import auditing, directory, organizations, restoring
from optiid.storage import migrating
from optiid.storage.database import Database, open_database
from optiid.storage.migrating import ensure_ready, migrate, names, status
from tests.conftest import database_url
from tests.running import Connected, InProcess, settings_in
from tests.storage.released import data

if TYPE_CHECKING:
    from collections.abc import Callable

    from optiid.settings import Settings

RECORDS = sorted(data.KEPT.glob("*.json"))


@pytest.fixture(params=RECORDS, ids=lambda path: path.stem)
def record(request: pytest.FixtureRequest) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(request.param.read_text())
    return found


@pytest.fixture
def crowd(record: dict[str, Any]) -> dict[str, Any]:
    """What a released version left of a thousand users."""
    return data.crowded(record, 1000)


@pytest.fixture(params=["sqlite", "postgresql"])
def old(request: pytest.FixtureRequest, tmp_path: Path, record: dict[str, Any]) -> Settings:
    """Settings of a service whose database is as the released version left it."""
    return left_by(record, request, tmp_path)


@pytest.fixture(params=["sqlite", "postgresql"])
def old_and_crowded(request: pytest.FixtureRequest, tmp_path: Path, crowd: dict[str, Any]) -> Settings:
    return left_by(crowd, request, tmp_path)


def left_by(record: dict[str, Any], request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    settings = settings_in(tmp_path / "old", database_url(request.param, request), log_level="error")
    made = open_database(settings)
    data.apply(made, tmp_path / "steps", record["migrations"])
    data.fill(made, record)
    made.close()
    return settings


def kept(database: Database, record: dict[str, Any]) -> list[str]:
    """The tables whose rows are not what they were, in the columns that there were."""
    return [
        table
        for table, known in record["tables"].items()
        if data.compared(data.rows_of(database, table, known["columns"])) != data.compared(known["rows"])
    ]


def test_record_fills_the_tables_that_matter(record: dict[str, Any]) -> None:
    filled = {table for table, known in record["tables"].items() if known["rows"]}
    assert filled >= {
        "organization", "connection", "token", "resource", "membership", "value_index", "event", "audit_entry",
        "logbook", "request_log", "hold", "role_grant", "api_key", "event_counter",
    }  # fmt: skip


def test_old_data_is_all_there_and_works(
    old: Settings, record: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    database = open_database(old)
    if status(database).pending:
        monkeypatch.setattr(migrating, "LOOKS", 1)
        with pytest.raises(OptiidError, match="optiid db migrate"):
            ensure_ready(database)
    migrate(database)
    assert kept(database, record) == []
    database.close()
    service = InProcess(old)
    (found,) = [row for row in record["tables"]["resource"]["rows"] if "kept0@example.com" in row]
    place = record["tables"]["resource"]["columns"].index
    organization = found[place("organization")]
    scim = service.as_(Connected(organization, found[place("connection")], record["secret"]))
    assert scim.get(f"/Users/{found[place('id')]}").body["groups"][0]["display"] == "Kept"
    assert scim.patch(f"/Users/{found[place('id')]}", {"op": "add", "path": "title", "value": "New"}).status == 200
    deleted = restoring.list_some(service.database, organization)
    assert restoring.restore(service.database, organization, deleted[0]["id"]).state == "living"
    for one in organizations.list_all(service.database):
        assert auditing.verify(service.database, one.id).faults == []
        assert directory.users(service.database, one.id)
    service.service.logbook.flush()
    service.database.close()


def killed_at(settings: Settings, number: int) -> bool:
    """Migrate in a process of its own that is killed before so many statements; say whether it was."""
    child = os.fork()
    if child:
        return os.WIFSIGNALED(os.waitpid(child, 0)[1])
    try:
        database = open_database(settings)
        database.engine.connect(reuse_if_open=True)
        execute, seen = database.engine.execute_sql, 0

        def counting(*arguments: Any, **more: Any) -> Any:
            nonlocal seen
            seen += 1
            if seen == number:
                os.kill(os.getpid(), signal.SIGKILL)
            return execute(*arguments, **more)

        database.engine.execute_sql = counting
        migrate(database)
    finally:
        os._exit(0)


def copier(settings: Settings, home: Path) -> Callable[[int], Settings]:
    """Return what copies the old database for each try."""
    if not settings.database_url:

        def copy(number: int) -> Settings:
            shutil.copytree(settings.home, home / str(number))
            return replace(settings, home=str(home / str(number)))

        return copy
    address, _, name = settings.database_url.rpartition("/")

    def copy_on_server(number: int) -> Settings:
        with psycopg.connect(settings.database_url.replace(name, "postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}_{number} TEMPLATE {name}".encode())
        return replace(settings, database_url=f"{address}/{name}_{number}")

    return copy_on_server


def survived(old: Settings, home: Path, record: dict[str, Any], step: int) -> int:
    """Kill the migration before every `step`th statement; return how many kills it survived."""
    copied, number = copier(old, home), 1
    while True:
        settings = copied(number)
        was_killed = killed_at(settings, number)
        database = open_database(settings)
        before = status(database)
        assert before.applied + before.pending == names(), number  # each is whole or not there
        migrate(database)
        assert status(database).pending == []
        assert kept(database, record) == [], number
        database.close()
        if not was_killed:
            return (number - 1) // step
        number += step


def test_migration_that_is_killed_amid_goes_on(old: Settings, tmp_path: Path, record: dict[str, Any]) -> None:
    assert survived(old, tmp_path, record, 13) >= 2


@pytest.mark.soak
@pytest.mark.timeout(600)
def test_migration_of_a_thousand_users_survives_a_kill_at_every_statement(
    old_and_crowded: Settings, tmp_path: Path, crowd: dict[str, Any]
) -> None:
    kills = survived(old_and_crowded, tmp_path, crowd, 1)
    print(f"\n{kills} kills survived")
    assert kills >= 10


def test_migration_that_fails_amid_leaves_the_old_state_usable(
    old: Settings, record: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing of it is there, the old code starts on it, and what it held is served."""
    database = open_database(old)
    migrate(database)
    folder = tmp_path / "next"
    shutil.copytree(migrating.FOLDER, folder)
    worse = "ALTER TABLE resource ADD COLUMN half TEXT", "DROP TABLE membership", "nonsense"
    body = "".join(f"    db.execute_sql({one!r})\n" for one in worse)
    (folder / "9999_contract_half.py").write_text(f"def up(_migrator, db):\n{body}")
    with monkeypatch.context() as patched:
        patched.setattr(migrating, "FOLDER", folder)
        patched.setattr(migrating, "PAUSE_SECONDS", 0)
        with pytest.raises(OptiidError, match="rolled back"):
            migrate(database)
    ensure_ready(database)
    assert kept(database, record) == []
    database.close()


@pytest.mark.soak
@pytest.mark.timeout(600)
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_first_migration_survives_a_kill_at_every_statement(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    empty = settings_in(tmp_path / "old", database_url(kind, request), log_level="error")
    Path(empty.home).mkdir(parents=True)
    kills = survived(empty, tmp_path, {"tables": {}}, 1)
    print(f"\n{kills} kills survived")
    assert kills >= 50
