"""The connection that all writers of a process share on SQLite, and what becomes of it."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any

import peewee
import pytest

from optiid.errors import UnavailableError


def connection_of(database: Any) -> Any:
    return database.engine.connection()


def written_by(database: Any) -> Any:
    return database.transaction(lambda: connection_of(database))


def test_writers_share_a_connection_that_is_no_threads_own(service: Any) -> None:
    database = service.database
    if database.dialect.name != "sqlite":
        return
    own = database.reading(lambda: connection_of(database))
    with ThreadPoolExecutor(3) as pool:
        shared = {written_by(database), *pool.map(lambda _: written_by(database), range(3))}
    assert len(shared) == 1
    assert own not in shared
    assert database.reading(lambda: connection_of(database)) == own


def test_a_connection_that_was_lost_is_opened_anew(service: Any) -> None:
    database = service.database

    def fail() -> None:
        raise peewee.OperationalError("disk I/O error")

    before = written_by(database)
    with pytest.raises(UnavailableError):
        database.transaction(fail)
    assert service.scim().a_user("ada")["id"]
    assert database.dialect.name != "sqlite" or written_by(database) is not before


def test_a_database_that_was_closed_writes_again(service: Any) -> None:
    service.database.close()
    assert service.scim().a_user("ada")["id"]


def test_failed_write_leaves_nothing_to_the_next(service: Any) -> None:
    database, organization = service.database, service.connect().organization

    def fail() -> None:
        database.execute("UPDATE organization SET name = 'changed' WHERE id = ?", (organization,))
        raise KeyError(organization)

    with pytest.raises(KeyError):
        database.transaction(fail)
    sql = "SELECT name FROM organization WHERE id = ?"
    assert database.transaction(lambda: database.row(sql, (organization,))) != ("changed",)


def test_a_database_is_not_closed_amid_a_write_of_another_thread(service: Any) -> None:
    database = service.database
    began, closing = Event(), Event()

    def write() -> Any:
        began.set()
        assert closing.wait(5)
        time.sleep(0.05)
        return database.row("SELECT COUNT(*) FROM organization")

    def close() -> None:
        closing.set()
        database.close()

    with ThreadPoolExecutor(2) as pool:
        written = pool.submit(database.transaction, write)
        assert began.wait(5)
        pool.submit(close).result()
        assert written.result() is not None
