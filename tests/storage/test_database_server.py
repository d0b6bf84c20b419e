"""What only a database server does: connections that break, transactions that lose, pools that run dry."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING

import psycopg
import pytest

from optiid.errors import UnavailableError
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
