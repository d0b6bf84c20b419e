"""Empty databases become what the models describe; older and newer ones stop the start with a sentence."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import peewee
import pytest
from playhouse.migrations import Runner

from optiid.errors import OptiidError
from optiid.storage.database import Database, open_database
from optiid.storage.migrating import FOLDER, ensure_ready, migrate, status
from optiid.storage.models.administration import ApiKey, IdempotentRequest
from optiid.storage.models.braking import Brake, Deprovisioning, Hold
from optiid.storage.models.clients import ClientAssertion, ClientSecret, OAuthClient
from optiid.storage.models.diagnosis import HookFault, Recognition, RequestLog
from optiid.storage.models.limits import RateBucket
from optiid.storage.models.logbook import Logbook, Sweep
from optiid.storage.models.ownership import Adoption, Relocation
from optiid.storage.models.planning import Plan
from optiid.storage.models.resources import AuditEntry, Claim, Event, Membership, Resource, UniqueValue, ValueIndex
from optiid.storage.models.roles import Product, ProductInstance, ProductRole, RoleGrant, Team
from optiid.storage.models.sharding import ShardPlacement, ShardRoute
from optiid.storage.models.tenants import Connection, CursorKey, EventCounter, ExtensionSchema, Organization, Token
from tests.conftest import database_url
from tests.running import settings_in

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MODELS = (
    Organization, CursorKey, EventCounter, ExtensionSchema, Connection, Token, Resource, ValueIndex, UniqueValue,
    Membership, Claim, Event, AuditEntry, RequestLog, Recognition, Logbook, Sweep, HookFault,
    Adoption, Relocation, Plan, Brake, Deprovisioning, Hold, ApiKey, IdempotentRequest,
    Product, ProductRole, ProductInstance, RoleGrant, Team, ShardPlacement, ShardRoute,
    RateBucket, OAuthClient, ClientSecret, ClientAssertion,
)  # fmt: skip
ALL = sorted(path.stem for path in FOLDER.glob("[0-9]*.py"))


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database without any table."""
    opened = open_database(settings_in(tmp_path, database_url(request.param, request)))
    yield opened
    opened.close()


def tables(database: Database) -> set[str]:
    return set(database.reading(database.engine.get_tables)) - {"schema_migration"}


def test_empty_database_becomes_what_the_models_describe(database: Database) -> None:
    assert status(database).empty
    ensure_ready(database)
    assert tables(database) == {model._meta.table_name for model in MODELS}
    for model in MODELS:
        found = {column.name: column for column in database.engine.get_columns(model._meta.table_name)}
        assert found.keys() == set(model._meta.columns)
        assert {name for name, column in found.items() if column.null} == {
            name for name, field in model._meta.columns.items() if field.null
        }
        key = model._meta.primary_key
        fields = getattr(key, "field_names", None) or (key.name,)
        assert database.engine.get_primary_keys(model._meta.table_name) == list(fields)


def test_status_follows_what_is_applied(database: Database) -> None:
    assert (status(database).applied, status(database).pending) == ([], ALL)
    assert migrate(database) == ALL
    assert (status(database).applied, status(database).pending, status(database).unknown) == (ALL, [], [])
    assert migrate(database) == []


def test_migrations_can_be_undone_and_done_again(database: Database) -> None:
    ensure_ready(database)
    Runner(database.engine, str(FOLDER)).down(ALL[0])
    assert tables(database) == set()
    assert status(database).pending == ALL
    assert migrate(database) == ALL
    assert tables(database) == {model._meta.table_name for model in MODELS}


def test_database_that_is_ready_stays_as_it_is(database: Database) -> None:
    ensure_ready(database)
    with database.counting() as seen:
        ensure_ready(database)
    assert [sql for sql in seen if not sql.lstrip().upper().startswith(("SELECT", "PRAGMA"))] == []


def record(database: Database, sql: str, name: str) -> None:
    database.transaction(lambda: database.execute(sql, (name,)))


def test_newer_database_stops_the_start(database: Database) -> None:
    ensure_ready(database)
    sql = "INSERT INTO schema_migration (name, applied) VALUES (?, CURRENT_TIMESTAMP)"
    record(database, sql, "9999_later")
    assert status(database).unknown == ["9999_later"]
    with pytest.raises(OptiidError, match=r"newer than this version \(9999_later\)"):
        ensure_ready(database)


def test_older_database_stops_the_start_and_names_the_command(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ensure_ready(database)
    folder = tmp_path / "migrations"
    folder.mkdir()
    for path in FOLDER.glob("[0-9]*.py"):
        (folder / path.name).write_text(path.read_text())
    (folder / "9998_next.py").write_text("def up(_migrator, db):\n    db.execute_sql('CREATE TABLE later (id TEXT)')\n")
    monkeypatch.setattr("optiid.storage.migrating.FOLDER", folder)
    monkeypatch.setattr("optiid.storage.migrating.LOOKS", 1)
    with pytest.raises(OptiidError, match="needs 9998_next: back it up, then run `optiid db migrate`"):
        ensure_ready(database)
    assert "later" not in tables(database)
    assert migrate(database) == ["9998_next"]
    ensure_ready(database)


def test_migration_that_fails_leaves_nothing(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "migrations"
    folder.mkdir()
    body = "def up(_migrator, db):\n    db.execute_sql('CREATE TABLE half (id TEXT)')\n    db.execute_sql('nonsense')\n"
    (folder / "0001_half.py").write_text(body)
    monkeypatch.setattr("optiid.storage.migrating.FOLDER", folder)
    monkeypatch.setattr("optiid.storage.migrating.PAUSE_SECONDS", 0)
    with pytest.raises(OptiidError, match="rolled back"):
        migrate(database)
    assert (tables(database), status(database).pending) == (set(), ["0001_half"])


def test_whoever_loses_every_race_goes_on_while_others_get_on(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    up = Runner.up

    def lose(runner: Runner) -> list[str]:
        """Come to each migration when another process has just applied it, as it may be on a busy machine."""
        if pending := [one.name for one in runner.status() if not one.applied]:
            up(runner, pending[0])
            raise peewee.OperationalError(f"{pending[0]} is there already")
        return []

    monkeypatch.setattr(Runner, "up", lose)
    monkeypatch.setattr("optiid.storage.migrating.PAUSE_SECONDS", 0)
    migrate(database)
    assert status(database).pending == []


@pytest.mark.parametrize("round_", range(3))
def test_processes_that_start_at_once_all_find_it_ready(
    request: pytest.FixtureRequest, tmp_path: Path, round_: int
) -> None:
    for kind in ("sqlite", "postgresql"):
        settings = settings_in(tmp_path / kind, database_url(kind, request))
        together = threading.Barrier(4)

        def start(settings: Any = settings, together: Any = together) -> list[str]:
            opened = open_database(settings)
            together.wait(30)
            ensure_ready(opened)
            found = status(opened).pending
            opened.close()
            return found

        with ThreadPoolExecutor(4) as pool:
            assert [future.result(60) for future in [pool.submit(start) for _ in range(4)]] == [[]] * 4


def test_start_waits_for_another_that_is_on_its_way(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "migrations"
    folder.mkdir()
    (folder / f"{ALL[0]}.py").write_text((FOLDER / f"{ALL[0]}.py").read_text())
    assert Runner(database.engine, str(folder)).up() == [ALL[0]]
    assert status(database).pending == ALL[1:]
    monkeypatch.setattr("optiid.storage.migrating.time.sleep", lambda _: migrate(database))
    ensure_ready(database)
    assert status(database).pending == []
