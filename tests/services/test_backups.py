"""Backup and restore of the whole database, on SQLite and on PostgreSQL, while others write."""

from __future__ import annotations

import shutil
import stat
import threading
from typing import TYPE_CHECKING, Any

import pytest

from optiid.errors import ConflictError, InvalidInputError, OptiidError
from optiid.services import backups, organizations
from optiid.storage import catalog, migrating
from optiid.storage.database import Database, open_database
from tests.conftest import database_url
from tests.running import InProcess, settings_in

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def quiet(_: int) -> None:
    """Nobody watches."""


@pytest.fixture(params=["sqlite", "postgresql"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def opened(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Any]:
    """Opens further databases of the kind."""
    made: list[Database] = []

    def call(name: str) -> Database:
        made.append(open_database(settings_in(tmp_path / name, database_url(kind, request))))
        return made[-1]

    yield call
    for database in made:
        database.close()


@pytest.fixture
def service(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[InProcess]:
    running = InProcess(settings_in(tmp_path / "service", database_url(kind, request)))
    yield running
    running.database.close()


def people(database: Database) -> set[str]:
    return {row[0] for row in database.reading(lambda: database.rows("SELECT r.display FROM resource r"))}


def test_backup_holds_everything_and_goes_into_an_empty_database(
    service: InProcess, opened: Any, tmp_path: Path
) -> None:
    scim = service.scim()
    group = scim.a_group("Crew", [scim.a_user("ada@example.com", displayName="Ada")["id"]])
    made = backups.back_up(service.database, tmp_path / "copy", quiet)
    assert stat.S_IMODE((tmp_path / "copy").stat().st_mode) == 0o600
    assert made.migration == migrating.names()[-1]
    assert made.bytes == (tmp_path / "copy").stat().st_size
    target = opened("target")
    done = backups.restore(target, tmp_path / "copy", False, quiet)
    assert (done.migration, done.pending) == (made.migration, [])
    migrating.ensure_ready(target)
    for table in catalog.tables(service.database):
        # Filled in after the answer.
        columns = [name for name in table.columns if table.name != "logbook" or name not in ("status", "milliseconds")]
        sql = f'SELECT {", ".join(columns)} FROM "{table.name}" ORDER BY {", ".join(table.key)}'
        here, there = (one.engine.execute_sql(sql).fetchall() for one in (service.database, target))
        assert here == there, table.name
    assert group["id"]
    assert [path.name for path in tmp_path.iterdir() if "copy" in path.name] == ["copy"]


def test_restore_keeps_what_is_there_until_it_is_told_otherwise(service: InProcess, tmp_path: Path) -> None:
    scim = service.scim()
    scim.a_user("ada@example.com", displayName="Ada")
    backups.back_up(service.database, tmp_path / "copy", quiet)
    bob = scim.a_user("bob@example.com", displayName="Bob")
    with pytest.raises(ConflictError, match="--replace"):
        backups.restore(service.database, tmp_path / "copy", False, quiet)
    assert scim.get(f"/Users/{bob['id']}").status == 200
    backups.restore(service.database, tmp_path / "copy", True, quiet)
    # The service goes on with what was restored, on the connections that it has.
    assert scim.get(f"/Users/{bob['id']}").status == 404
    assert scim.get("/Users").body["totalResults"] == 1
    scim.a_user("bob@example.com", displayName="Bob")
    assert people(service.database) == {"Ada", "Bob"}


@pytest.mark.soak
def test_backup_amid_writes_is_of_one_moment_and_has_all_that_was_acknowledged_before(
    service: InProcess, opened: Any, tmp_path: Path
) -> None:
    connected = service.connect()
    acknowledged: list[str] = []
    stop, warm = threading.Event(), threading.Barrier(4)

    def write(number: int) -> None:
        scim, one = service.as_(connected), 0
        while not stop.is_set():
            name = f"{number}-{one}"
            member = scim.a_user(f"{name}@example.com", displayName=name)["id"]
            scim.a_group(f"group {name}", [member])
            acknowledged.append(name)
            one += 1
            if one == 5:
                warm.wait(60)
        service.database.release()

    threads = [threading.Thread(target=write, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    warm.wait(60)
    before = set(acknowledged)
    backups.back_up(service.database, tmp_path / "copy", quiet)
    after = set(acknowledged)
    stop.set()
    for thread in threads:
        thread.join(60)
    target = opened("target")
    backups.restore(target, tmp_path / "copy", False, quiet)
    found = people(target)
    users = {name for name in found if not name.startswith("group ")}
    assert len(before) >= 15
    assert before <= users
    assert {f"group {name}" for name in before} <= found
    # Of one moment: nothing came after a gap in what one writer did, and events tell of every row.
    for number in range(3):
        numbers = sorted(int(name.split("-")[1]) for name in users if name.startswith(f"{number}-"))
        assert numbers == list(range(len(numbers)))
    assert len(users) <= len(after) + 3 * 2
    counted = target.reading(lambda: target.rows("SELECT c.organization, c.sequence FROM event_counter c"))
    for organization, sequence in counted:
        sql = "SELECT COUNT(*), COALESCE(MAX(e.sequence), 0) FROM event e WHERE e.organization = ?"
        row = target.reading(lambda: target.row(sql, (organization,)))  # noqa: B023 - called at once
        assert row == (sequence, sequence)


@pytest.mark.soak
def test_restore_amid_requests_answers_none_of_them_with_a_fault(service: InProcess, tmp_path: Path) -> None:
    connected = service.connect()
    service.as_(connected).a_user("ada@example.com", displayName="Ada")
    service.service.logbook.flush()
    backups.back_up(service.database, tmp_path / "copy", quiet)
    stop, answers = threading.Event(), []

    def write(number: int) -> None:
        scim, one = service.as_(connected), 0
        while not stop.is_set():
            one += 1
            reply = scim.post("/Users", {"userName": f"{number}-{one}@example.com", "displayName": f"{number}-{one}"})
            found = scim.find("/Users", 'userName eq "ada@example.com"')
            answers.append((reply.status, found.status, (found.body or {}).get("totalResults")))
        service.database.release()

    threads = [threading.Thread(target=write, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    while len(answers) < 10:
        stop.wait(0.01)
    for _ in range(3):
        backups.restore(service.database, tmp_path / "copy", True, quiet)
    stop.set()
    for thread in threads:
        thread.join(60)
    assert {made for made, _, _ in answers} <= {201, 503}
    assert {(status, total) for _, status, total in answers} <= {(200, 1), (503, None)}
    assert "Ada" in people(service.database)
    assert service.as_(connected).a_user("after@example.com")["id"]


@pytest.mark.soak
def test_an_older_backup_goes_over_newer_tables(service: InProcess, tmp_path: Path) -> None:
    """As after an upgrade that is taken back: tables that the backup does not know go, too."""
    database = service.database
    service.scim().a_user("ada@example.com", displayName="Ada")
    backups.back_up(database, tmp_path / "copy", quiet)
    later = "CREATE TABLE later (organization TEXT, id TEXT PRIMARY KEY, FOREIGN KEY (organization) {})"
    later = later.format("REFERENCES organization (id)")
    if database.dialect.name == "postgresql":
        later = later.replace("TEXT", 'TEXT COLLATE "C"')
    database.transaction(lambda: database.execute(later))
    backups.restore(database, tmp_path / "copy", True, quiet)
    assert "later" not in catalog.names(database)
    assert people(database) == {"Ada"}


def test_bad_backups_are_refused_and_change_nothing(service: InProcess, tmp_path: Path, kind: str) -> None:
    database = service.database
    service.scim().a_user("ada@example.com", displayName="Ada")
    good = tmp_path / "copy"
    backups.back_up(database, good, quiet)
    whole = good.read_bytes()
    bad = tmp_path / "bad"
    middle = len(whole) // 2
    other = b"PGDMP" if kind == "sqlite" else b"SQLite format 3\x00"
    for content, text in (
        (b"", "is no backup"),
        (b"anything else", "is no backup"),
        (other + whole[16:], "restore it into"),
        (whole[:middle], "damaged"),
        (whole[:middle] + bytes(len(whole) - middle), "damaged"),
    ):
        bad.write_bytes(content)
        with pytest.raises(InvalidInputError, match=text) as told:
            backups.restore(database, bad, True, quiet)
        assert "\n" not in str(told.value)
        assert people(database) == {"Ada"}
    with pytest.raises(InvalidInputError, match="cannot be read"):
        backups.restore(database, tmp_path / "missing", True, quiet)
    with pytest.raises(ConflictError, match="exists already"):
        backups.back_up(database, good, quiet)
    with pytest.raises(InvalidInputError, match="cannot be written"):
        backups.back_up(database, tmp_path / "no" / "folder", quiet)
    assert good.read_bytes() == whole


def test_backup_of_a_newer_version_is_refused(service: InProcess, tmp_path: Path) -> None:
    database = service.database
    sql = "INSERT INTO schema_migration (name, applied) VALUES (?, CURRENT_TIMESTAMP)"
    database.transaction(lambda: database.execute(sql, ("9999_later",)))
    backups.back_up(database, tmp_path / "copy", quiet)
    with pytest.raises(InvalidInputError, match=r"newer version \(9999_later\)"):
        backups.restore(database, tmp_path / "copy", True, quiet)


def test_an_empty_database_has_no_backup(opened: Any, tmp_path: Path) -> None:
    with pytest.raises(ConflictError, match="no database yet"):
        backups.back_up(opened("empty"), tmp_path / "copy", quiet)
    assert not (tmp_path / "copy").exists()


@pytest.mark.soak
def test_a_restore_that_is_cut_off_leaves_the_old_database(
    service: InProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    database = service.database
    service.scim().a_user("ada@example.com", displayName="Ada")
    backups.back_up(database, tmp_path / "copy", quiet)
    service.scim().a_user("bob@example.com", displayName="Bob")
    if kind == "sqlite":
        monkeypatch.setattr("optiid.storage.sqlite_copies._PAGES", 5)
    else:
        # The programs stop in the middle of the data.
        monkeypatch.setattr("optiid.storage.postgresql_copies._BLOCK", 1000)
        program = tmp_path / "pg_restore"
        real = shutil.which("pg_restore") or "pg_restore"
        program.write_text(
            f'#!/bin/sh\ncase "$*" in\n*--file=/dev/null*|*--data-only*|*--version*) exec {real} "$@";;\nesac\n'
            f'{real} "$@" | head -c 60000 | head -n -1\nexit 1\n'
        )
        program.chmod(0o700)
        monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
        monkeypatch.setattr("optiid.storage.postgresql_copies.VERSIONED", tmp_path)

    def interrupt(done: int) -> None:
        if done > 20:
            raise KeyboardInterrupt

    with pytest.raises((KeyboardInterrupt, OptiidError)):
        backups.restore(database, tmp_path / "copy", True, interrupt)
    assert people(database) == {"Ada", "Bob"}
    organizations.create(database, "Still works")


def test_a_copied_file_is_no_backup(tmp_path: Path) -> None:
    """The newest changes lie in the log beside it."""
    running = InProcess(settings_in(tmp_path))
    running.scim().a_user("ada@example.com")
    shutil.copy(tmp_path / "optiid.sqlite", tmp_path / "copied")
    with pytest.raises(InvalidInputError, match="copy of a database file"):
        backups.restore(running.database, tmp_path / "copied", True, quiet)
    running.database.close()
