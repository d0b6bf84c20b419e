"""Transactions are whole or not at all, faults of the database are told as faults that pass (rules R17, R19)."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import peewee
import psycopg
import pytest

from optiid.errors import SettingsError, UnavailableError
from optiid.storage.database import ATTEMPTS, Database, open_database
from optiid.storage.sqlite_writes import LONG_WAIT_SECONDS
from tests.conftest import database_url
from tests.running import settings_in

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """An empty database with one table."""
    settings = settings_in(tmp_path, database_url(request.param, request), busy_timeout_seconds=1, database_pool=4)
    opened = open_database(settings)
    opened.transaction(lambda: opened.execute("CREATE TABLE entry (name TEXT PRIMARY KEY)"))
    yield opened
    opened.close()


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[Database]:
    opened = open_database(settings_in(tmp_path, busy_timeout_seconds=0.2))
    opened.transaction(lambda: opened.execute("CREATE TABLE entry (name TEXT PRIMARY KEY)"))
    yield opened
    opened.close()


def put(database: Database, *names: str) -> None:
    for name in names:
        database.execute("INSERT INTO entry (name) VALUES (?)", (name,))


def names(database: Database) -> list[str]:
    return [row[0] for row in database.reading(lambda: database.rows("SELECT name FROM entry ORDER BY name"))]


def in_a_thread(work: Any) -> Any:
    """Return what `work` gives on a connection of another thread."""
    found: list[Any] = []
    thread = threading.Thread(target=lambda: found.append(work()))
    thread.start()
    thread.join(30)
    return found[0]


def test_transaction_is_committed_and_gives_its_result(database: Database) -> None:
    def work() -> str:
        put(database, "a", "b")
        return "done"

    assert database.transaction(work) == "done"
    assert in_a_thread(lambda: names(database)) == ["a", "b"]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, UnavailableError])
def test_failed_transaction_leaves_nothing(database: Database, error: type[BaseException]) -> None:
    def work() -> None:
        put(database, "a")
        raise error("no")

    with pytest.raises(error, match="no"):
        database.transaction(work)
    assert names(database) == []
    database.transaction(lambda: put(database, "b"))
    assert names(database) == ["b"]


def test_constraint_that_fails_undoes_what_came_before(database: Database) -> None:
    database.transaction(lambda: put(database, "b"))
    with pytest.raises((peewee.IntegrityError, UnavailableError)):
        database.transaction(lambda: put(database, "a", "b"))
    assert names(database) == ["b"]


def test_transaction_inside_a_transaction_is_a_mistake(database: Database) -> None:
    def work() -> None:
        put(database, "a")
        database.transaction(lambda: put(database, "b"))

    with pytest.raises(RuntimeError, match="inside a transaction"):
        database.transaction(work)
    assert names(database) == []


def test_reading_inside_a_transaction_sees_its_writes(database: Database) -> None:
    def work() -> list[str]:
        put(database, "a")
        return names(database)

    assert database.transaction(work) == ["a"]


@pytest.mark.parametrize("state", ["40001", "40P01"])
def test_transaction_that_lost_against_another_runs_again(database: Database, state: str) -> None:
    runs: list[int] = []

    def work() -> None:
        put(database, "a")
        runs.append(1)
        if len(runs) <= ATTEMPTS:
            raise lost(state)

    database.transaction(work)
    assert (len(runs), names(database)) == (ATTEMPTS + 1, ["a"])


def test_transaction_that_always_loses_is_given_up_in_time(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    runs: list[int] = []
    monkeypatch.setattr(database, "_busy_timeout", 0.1)

    def work() -> None:
        put(database, "a")
        runs.append(1)
        raise lost("40001")

    with pytest.raises(UnavailableError):
        database.transaction(work)
    assert (1 < len(runs) < 20, names(database)) == (True, [])


def test_other_faults_of_a_statement_do_not_run_again(database: Database) -> None:
    runs: list[int] = []

    def work() -> None:
        runs.append(1)
        raise lost("55P03")

    with pytest.raises(UnavailableError):
        database.transaction(work)
    assert len(runs) == 1


def lost(state: str) -> Exception:
    """Return the error as peewee wraps what a driver raises."""
    cause = psycopg.OperationalError("could not serialize access")
    cause.sqlstate = state  # type: ignore[misc]  # the server sets it
    return peewee.OperationalError(cause, str(cause))


def test_statements_that_run_meanwhile_are_counted(database: Database) -> None:
    with database.counting() as seen:
        database.transaction(lambda: put(database, "a"))
        names(database)
    names(database)
    assert [sql.split()[0] for sql in seen if sql.split()[0] in ("INSERT", "SELECT")] == ["INSERT", "SELECT"]


def test_texts_are_bound_and_never_read_as_sql(database: Database) -> None:
    hostile = "'); DROP TABLE entry; -- %s ? {}"
    database.transaction(lambda: put(database, hostile))
    assert names(database) == [hostile]
    assert database.row("SELECT 1 FROM entry WHERE name LIKE '%DROP%' AND name = ?", (hostile,)) == (1,)


@pytest.mark.parametrize(("name", "value"), [("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1)])
def test_sqlite_keeps_what_it_confirmed(sqlite: Database, name: str, value: Any) -> None:
    assert sqlite.row(f"PRAGMA {name}") == (value,)
    assert in_a_thread(lambda: sqlite.reading(lambda: sqlite.row(f"PRAGMA {name}"))) == (value,)


def test_locked_sqlite_stops_writers_but_no_readers(sqlite: Database, tmp_path: Path) -> None:
    sqlite.transaction(lambda: put(sqlite, "a"))
    # Not the standard library's SQLite: two copies in one process do not see each other's locks.
    other = peewee.sqlite3.connect(tmp_path / "optiid.sqlite", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    try:
        assert names(sqlite) == ["a"]
        with pytest.raises(UnavailableError) as caught:
            sqlite.transaction(lambda: put(sqlite, "b"))
        assert caught.value.retry_after > 0
        assert names(sqlite) == ["a"]
    finally:
        other.execute("ROLLBACK")
        other.close()
    sqlite.transaction(lambda: put(sqlite, "b"))
    assert names(sqlite) == ["a", "b"]


def test_writers_of_one_process_queue_no_longer_than_they_would_wait(sqlite: Database) -> None:
    inside, leave = threading.Event(), threading.Event()

    def hold() -> None:
        put(sqlite, "a")
        inside.set()
        assert leave.wait(30)

    thread = threading.Thread(target=lambda: sqlite.transaction(hold))
    thread.start()
    assert inside.wait(30)
    with pytest.raises(UnavailableError, match="busy with other writes"):
        sqlite.transaction(lambda: put(sqlite, "b"))
    assert names(sqlite) == []
    leave.set()
    thread.join(30)
    assert names(sqlite) == ["a"]


def test_writers_after_one_that_waited_in_vain_wait_less_until_one_succeeds(tmp_path: Path) -> None:
    opened = open_database(settings_in(tmp_path, busy_timeout_seconds=1.5))
    opened.transaction(lambda: opened.execute("CREATE TABLE entry (name TEXT PRIMARY KEY)"))
    other = peewee.sqlite3.connect(tmp_path / "optiid.sqlite", isolation_level=None)

    def waited(patience: float | None = None) -> float:
        started = time.monotonic()
        with pytest.raises(UnavailableError):
            opened.transaction(lambda: put(opened, "b"), patience)
        return time.monotonic() - started

    for _ in range(2):
        other.execute("BEGIN IMMEDIATE")
        assert waited(0.1) < 1
        assert waited() > 1.4
        assert waited() < 1.2
        other.execute("ROLLBACK")
        opened.transaction(lambda: opened.execute("DELETE FROM entry"))
    other.close()
    opened.close()


def test_database_that_cannot_be_reached_is_a_fault_that_passes(tmp_path: Path) -> None:
    opened = open_database(settings_in(tmp_path, "postgresql://nobody@127.0.0.1:1/none"))
    with pytest.raises(UnavailableError):
        opened.reading(lambda: None)


@pytest.mark.parametrize("url", ["mysql://localhost/x", "sqlite://", "/var/optiid.sqlite"])
def test_other_databases_are_refused_by_name(tmp_path: Path, url: str) -> None:
    with pytest.raises(SettingsError, match="database_url"):
        open_database(settings_in(tmp_path, url))


def test_cockroachdb_is_refused_with_a_word_about_it(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"does not run on CockroachDB: docs/growing\.md"):
        open_database(settings_in(tmp_path, "cockroachdb://root@db.example.com:26257/optiid"))


def test_wait_for_another_thread_counts_against_the_wait_for_another_process(tmp_path: Path) -> None:
    opened = open_database(settings_in(tmp_path, busy_timeout_seconds=5))
    opened.transaction(lambda: opened.execute("CREATE TABLE entry (name TEXT PRIMARY KEY)"))
    held, release = threading.Event(), threading.Event()

    def hold() -> None:
        held.set()
        release.wait(10)

    with ThreadPoolExecutor(1) as other:
        holding = other.submit(opened.transaction, hold)
        held.wait(10)
        threading.Timer(LONG_WAIT_SECONDS + 0.2, release.set).start()
        with opened.counting() as seen:
            opened.transaction(lambda: put(opened, "a"))
        holding.result(10)
        other.submit(opened.close).result(10)
    waits = [int(sql.rpartition(" ")[2]) for sql in seen if sql.startswith("PRAGMA busy_timeout")]
    assert waits[0] < 5000
    assert waits[1:] == [5000]
    assert names(opened) == ["a"]
    opened.close()
