"""What only a database server does: connections that break, transactions that lose, pools that run dry."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING

import psycopg
import pytest

from optiid.errors import UnavailableError, UnconfirmedError
from optiid.storage.database import Database, open_database
from tests.running import settings_in

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def postgresql(postgresql_url: str, tmp_path: Path) -> Iterator[Database]:
    opened = open_database(settings_in(tmp_path, postgresql_url, busy_timeout_seconds=0.2, database_pool=2))
    opened.transaction(lambda: opened.execute("CREATE TABLE entry (name TEXT PRIMARY KEY)"))
    yield opened
    opened.close()


def put(database: Database, *names: str) -> None:
    for name in names:
        database.execute("INSERT INTO entry (name) VALUES (?)", (name,))


def names(database: Database) -> list[str]:
    return [row[0] for row in database.reading(lambda: database.rows("SELECT name FROM entry ORDER BY name"))]


def end_connections(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


def test_lost_connection_is_survived(postgresql: Database, postgresql_url: str) -> None:
    postgresql.transaction(lambda: put(postgresql, "a"))
    end_connections(postgresql_url)
    assert names(postgresql) == ["a"]
    end_connections(postgresql_url)
    postgresql.transaction(lambda: put(postgresql, "b"))
    assert names(postgresql) == ["a", "b"]


def test_connection_lost_amid_a_transaction_leaves_no_half_of_it(postgresql: Database, postgresql_url: str) -> None:
    runs: list[int] = []

    def work() -> None:
        runs.append(1)
        put(postgresql, "a")
        if len(runs) == 1:
            end_connections(postgresql_url)
        names(postgresql)
        put(postgresql, "b")

    postgresql.transaction(work)
    assert (len(runs), names(postgresql)) == (2, ["a", "b"])


def test_loss_that_was_noticed_late_is_told_at_once(
    postgresql: Database, postgresql_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another try would wait as long again, and so would each connection that lies in the pool."""
    postgresql.release()
    with ThreadPoolExecutor(max_workers=2) as pool:
        both = threading.Barrier(2)

        def use() -> None:
            postgresql.reading(lambda: (both.wait(10), names(postgresql)))
            postgresql.release()

        for one in [pool.submit(use), pool.submit(use)]:
            one.result()
    end_connections(postgresql_url)
    monkeypatch.setattr("optiid.storage.database.PROMPT_LOSS_SECONDS", 0)
    with pytest.raises(UnavailableError):
        names(postgresql)
    assert names(postgresql) == []


def test_more_threads_than_connections_are_told_to_try_again(postgresql: Database) -> None:
    leave, inside = threading.Event(), threading.Barrier(3)

    def hold() -> None:
        inside.wait(30)
        assert leave.wait(30)

    threads = [threading.Thread(target=lambda: postgresql.reading(hold)) for _ in range(2)]
    postgresql.release()
    for thread in threads:
        thread.start()
    inside.wait(30)
    with pytest.raises(UnavailableError, match="connections are busy"):
        names(postgresql)
    leave.set()
    for thread in threads:
        thread.join(30)


def test_deadlock_is_survived_by_both(postgresql: Database) -> None:
    postgresql.transaction(lambda: put(postgresql, "a", "b"))
    together = threading.Barrier(2)
    runs: list[str] = []

    def work(first: str, second: str) -> None:
        runs.append(first)
        postgresql.execute("UPDATE entry SET name = name WHERE name = ?", (first,))
        if len(runs) <= 2:
            together.wait(30)
        postgresql.execute("UPDATE entry SET name = name WHERE name = ?", (second,))
        put(postgresql, first + second)

    def write(pair: str) -> None:
        postgresql.transaction(partial(work, *pair))
        postgresql.release()

    postgresql.release()
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(write, ("ab", "ba")))
    assert len(runs) == 3
    assert names(postgresql) == ["a", "ab", "b", "ba"]


def test_serialization_failure_is_survived_by_both(postgresql: Database) -> None:
    """Each reads what the other writes: PostgreSQL gives one up, at the commit at the latest, and it runs again."""
    together, runs = threading.Barrier(2), []

    def work(name: str) -> None:
        runs.append(name)
        postgresql.execute("SET TRANSACTION ISOLATION LEVEL SERIALIZABLE")
        found = postgresql.rows("SELECT COUNT(*) FROM entry")[0][0]
        if len(runs) <= 2:
            together.wait(30)
        put(postgresql, f"{name} saw {found}")

    def write(name: str) -> None:
        postgresql.transaction(lambda: work(name))
        postgresql.release()

    postgresql.release()
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(write, ("a", "b")))
    assert len(runs) == 3
    assert [name[2:] for name in names(postgresql)] in (["saw 0", "saw 1"], ["saw 1", "saw 0"])


def test_commit_that_is_not_confirmed_is_told_and_not_repeated(postgresql: Database, postgresql_url: str) -> None:
    """Whether it took place is known to nobody: a second run could do it twice."""
    runs = []

    def work() -> None:
        runs.append(1)
        put(postgresql, "a")
        connection = postgresql.engine.connection()
        end_connections(postgresql_url)
        assert not connection.closed

    with pytest.raises(UnconfirmedError):
        postgresql.transaction(work)
    assert (len(runs), names(postgresql)) == (1, [])


def test_statement_that_takes_too_long_is_given_up_once(postgresql: Database) -> None:
    runs = []

    def work() -> None:
        runs.append(1)
        postgresql.execute("SET LOCAL statement_timeout = 50")
        postgresql.execute("SELECT pg_sleep(5)")

    with pytest.raises(UnavailableError):
        postgresql.transaction(work)
    assert len(runs) == 1
    assert names(postgresql) == []


def test_statements_are_prepared_by_the_server_from_the_fifth_use_on(postgresql: Database) -> None:
    sql = "SELECT e.name FROM entry e WHERE e.name = ?"
    for _ in range(6):
        postgresql.reading(lambda: postgresql.rows(sql, ("a",)))
        # Back to the pool and out again, as between two requests.
        postgresql.release()
    rows = postgresql.reading(lambda: postgresql.rows("SELECT statement FROM pg_prepared_statements"))
    assert [row[0] for row in rows if "FROM entry" in row[0]] == ["SELECT e.name FROM entry e WHERE e.name = $1"]


def test_pool_serves_more_threads_than_it_has_connections(postgresql: Database) -> None:
    """As long as each of them gives its connection back in time."""

    def work(number: int) -> None:
        for turn in range(5):
            postgresql.transaction(lambda turn=turn: put(postgresql, f"{number}-{turn}"))  # type: ignore[misc]
            postgresql.release()

    postgresql.release()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))
    assert len(names(postgresql)) == 40
    sql = "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database()"
    assert postgresql.reading(lambda: postgresql.row(sql)) == (2,)
