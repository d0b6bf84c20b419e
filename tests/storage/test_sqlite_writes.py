"""Writes that wait for each other share a commit, and each of them is whole or nothing all the same."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import peewee
import pytest

from optiid.errors import UnavailableError, UnconfirmedError
from optiid.storage import turns
from optiid.storage.database import Database, open_database
from tests.running import settings_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

SOON = 10.0


class Refused(Exception):  # noqa: N818 - it is none that anybody shows
    """What a work raises that is refused."""


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    monkeypatch.setattr(turns, "TOGETHER_SECONDS", SOON)
    opened = open_database(settings_in(tmp_path))
    opened.transaction(lambda: opened.execute("CREATE TABLE entry (name TEXT PRIMARY KEY)"))
    yield opened
    opened.close()


def adding(database: Database, name: str) -> Callable[[], str]:
    def work() -> str:
        database.execute("INSERT INTO entry (name) VALUES (?)", (name,))
        return name

    return work


def refused(database: Database) -> str:
    adding(database, "refused")()
    raise Refused


def broken(database: Database) -> str:
    """Fail as on a full disk, where SQLite undoes all that was not committed."""
    adding(database, "broken")()
    database.execute("ROLLBACK")
    raise peewee.OperationalError("database or disk is full")


def together(database: Database, *works: Callable[[], str], ordinary: bool = True) -> list[Any]:
    """Let works run one after the other, all of which wait while the first runs; return results and errors."""
    begun, goes_on = threading.Event(), threading.Event()

    def first() -> str:
        begun.set()
        assert goes_on.wait(SOON)
        return works[0]()

    def told(work: Callable[[], str]) -> Any:
        try:
            return database.transaction(work, ordinary=ordinary)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is looked at
            return type(error)

    with ThreadPoolExecutor(len(works)) as threads:
        found = [threads.submit(told, first)]
        assert begun.wait(SOON)
        for place, work in enumerate(works[1:], 1):
            found.append(threads.submit(told, work))
            while len(database._writes._turns._waiting) < place:
                time.sleep(0.001)
        goes_on.set()
        return [one.result(SOON) for one in found]


def stored(database: Database) -> set[str]:
    return {row[0] for row in database.reading(lambda: database.rows("SELECT name FROM entry"))}


@pytest.fixture
def commits(database: Database, monkeypatch: pytest.MonkeyPatch) -> list[set[str]]:
    """What was stored just before each commit, as others see it."""
    seen: list[set[str]] = []
    commit = database.engine.commit

    def noting() -> Any:
        with ThreadPoolExecutor(1) as elsewhere:
            seen.append(elsewhere.submit(stored, database).result(SOON))
        return commit()

    monkeypatch.setattr(database.engine, "commit", noting)
    return seen


def test_writes_that_wait_share_a_commit(database: Database, commits: list[set[str]]) -> None:
    assert together(database, *(adding(database, name) for name in "abc")) == ["a", "b", "c"]
    assert commits == [set()]
    assert stored(database) == {"a", "b", "c"}


def test_other_transactions_are_committed_alone(database: Database, commits: list[set[str]]) -> None:
    assert together(database, *(adding(database, name) for name in "abc"), ordinary=False) == ["a", "b", "c"]
    assert commits == [set(), {"a"}, {"a", "b"}]


@pytest.mark.parametrize("place", [0, 1, 2])
def test_what_is_refused_among_others_leaves_nothing_and_takes_nobody_along(database: Database, place: int) -> None:
    works = [adding(database, name) for name in "ab"]
    works.insert(place, lambda: refused(database))
    expected: list[Any] = ["a", "b"]
    expected.insert(place, Refused)
    assert together(database, *works) == expected
    assert stored(database) == {"a", "b"}
    assert together(database, adding(database, "c")) == ["c"]


def test_nobody_is_told_of_what_was_not_confirmed(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    def commit() -> None:
        raise peewee.OperationalError("disk I/O error")

    with monkeypatch.context() as patched:
        patched.setattr(database.engine, "commit", commit)
        works = [adding(database, "a"), lambda: refused(database), adding(database, "b")]
        assert together(database, *works) == [UnconfirmedError] * 3
    assert stored(database) == set()
    assert together(database, adding(database, "d")) == ["d"]


def test_full_disk_takes_all_that_was_not_committed_along(database: Database) -> None:
    works = [adding(database, "a"), lambda: broken(database), adding(database, "b")]
    assert together(database, *works) == [UnavailableError, UnavailableError, "b"]
    assert stored(database) == {"b"}


def test_nobody_waits_for_who_could_not_even_begin(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    attempt, calls = database.attempt, iter(range(10))

    def failing(work: Callable[[], Any]) -> Any:
        if next(calls) == 1:
            raise RuntimeError
        return attempt(work)

    with monkeypatch.context() as patched:
        patched.setattr(database, "attempt", failing)
        assert together(database, adding(database, "a"), adding(database, "b")) == [UnavailableError, RuntimeError]
    assert database.transaction(adding(database, "c")) == "c"
    assert stored(database) == {"c"}


def test_many_writers_lose_nothing(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "TOGETHER_SECONDS", 0.02)
    names = [f"{number}" for number in range(400)]

    def write(name: str) -> str | None:
        try:
            return database.transaction(
                (lambda: refused(database)) if int(name) % 7 == 0 else adding(database, name),
                ordinary=int(name) % 5 > 0,
            )
        except Refused:
            return None

    with ThreadPoolExecutor(16) as threads:
        told = [name for name in threads.map(write, names) if name is not None]
    assert stored(database) == set(told) == {name for name in names if int(name) % 7}
