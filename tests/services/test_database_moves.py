"""Moves between SQLite and PostgreSQL: complete, equal, resumable, and never served half."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from optiid.errors import ConflictError, OptiidError
from optiid.services import clients, database_moves, granting, organizations
from optiid.storage import catalog, row_copies
from optiid.storage.database import Database, open_database
from optiid.storage.migrating import ensure_ready, status
from tests.conftest import database_url
from tests.running import ENTERPRISE, ROOT, InProcess, settings_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

OTHER = {"sqlite": "postgresql", "postgresql": "sqlite"}


@pytest.fixture(params=["sqlite", "postgresql"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Any]:
    """Opens databases of a kind."""
    made: list[Database] = []

    def call(kind: str, name: str) -> Database:
        made.append(open_database(settings_in(tmp_path / name, database_url(kind, request))))
        return made[-1]

    yield call
    for database in made:
        database.close()


@pytest.fixture
def source(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[InProcess]:
    running = InProcess(settings_in(tmp_path / "source", database_url(kind, request)))
    yield running
    running.database.close()


def quiet(_: str, __: int) -> Callable[[int], None]:
    return lambda _: None


def fill(service: InProcess) -> Any:
    """People, groups, a tombstone, a token; texts and numbers that databases write in ways of their own."""
    scim = service.scim()
    names = ["Ada", "Émile", "名前", 'a\\b"c', "%s ? %%", "\U0001f600"]
    ids = [scim.a_user(f"user{number}@example.com", displayName=name)["id"] for number, name in enumerate(names)]
    scim.a_user("b@example.com", **{ENTERPRISE: {"department": "R&D"}}, emails=[{"value": "b@x.org", "primary": True}])
    scim.a_group("Crew", ids)
    scim.patch(f"/Users/{ids[0]}", {"op": "replace", "path": "active", "value": False})
    sql = "UPDATE resource SET search = ? WHERE id = ?"
    search = '{"b": [1.0, 1e3, 0.1, -0.0, 12345678901234567890, 1e300], "a":{"z":null,"y":true}}'
    cast = sql.replace("= ? W", "= ?::jsonb W") if service.database.dialect.name == "postgresql" else sql
    service.database.transaction(lambda: service.database.execute(cast, (search, ids[5])))
    service.service.logbook.flush()
    return scim


def elsewhere(work: Callable[[], Any]) -> None:
    """Work in a thread of its own, as a request does: this one reads a snapshot."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(work).result(60)


def sums(database: Database, tables: list[Any]) -> dict[str, tuple[int, int]]:
    found = {}
    for table in tables:
        rows = [row for slice_ in row_copies.slices(database, table) for row in slice_]
        found[table.name] = (len(rows), row_copies.checksum(table, rows))
    return found


def test_move_brings_everything_over_and_the_service_goes_on_there(
    source: InProcess, opened: Any, kind: str, tmp_path: Path
) -> None:
    scim = fill(source)
    client, secret = clients.create(source.database, scim.connected.connection, "Provider")
    assert secret is not None
    target = opened(OTHER[kind], "target")
    done = database_moves.move(source.database, target, quiet)
    assert (done.source, done.target, done.resumed) == (kind, OTHER[kind], False)
    ensure_ready(target)
    assert status(target).unknown == []
    assert catalog.MOVE not in catalog.names(target)
    documents = frozenset({"search"})
    tables = [replace(table, documents=table.documents or documents & set(table.columns))
              for table in catalog.tables(source.database)]  # fmt: skip
    here, there = sums(source.database, tables), sums(target, tables)
    assert here == there
    assert sum(rows for rows, _ in here.values()) == done.rows
    assert here["token"][0] == 1
    assert granting.by_secret(target, client.id, secret.secret).connection == scim.connected.connection
    # The same token works, and what was written before is found and can be changed.
    url = target.engine.database if OTHER[kind] == "postgresql" else ""
    moved = InProcess(settings_in(tmp_path / "target", str(url)))
    again = moved.as_(scim.connected)
    assert again.get("/Users").body["totalResults"] == scim.get("/Users").body["totalResults"] == 7
    found = again.find("/Users", 'displayName eq "Émile"').body["Resources"]
    assert [user["userName"] for user in found] == ["user1@example.com"]
    again.a_user("new@example.com")
    moved.service.logbook.flush()
    # And back, into a third one of the first kind.
    back = opened(kind, "back")
    assert database_moves.move(moved.database, back, quiet).rows > done.rows
    moved.database.close()


def test_target_must_be_empty(source: InProcess, opened: Any, kind: str) -> None:
    fill(source)
    target = opened(OTHER[kind], "target")
    ensure_ready(target)
    organizations.create(target, "Somebody else")
    with pytest.raises(ConflictError, match="has data: name an empty one"):
        database_moves.move(source.database, target, quiet)
    with pytest.raises(ConflictError, match="has data"):
        database_moves.move(source.database, source.database, quiet)
    assert [one.name for one in organizations.list_all(target)] == ["Somebody else"]


@pytest.mark.soak
def test_source_that_changes_meanwhile_is_told_and_the_next_run_is_right(
    source: InProcess, opened: Any, kind: str
) -> None:
    scim = fill(source)
    target = opened(OTHER[kind], "target")

    def watch(noun: str, _: int) -> Callable[[int], None]:
        if noun == "rows checked":
            return lambda _: None
        return lambda done: elsewhere(lambda: scim.a_user(f"late{done}@example.com"))

    with pytest.raises(ConflictError, match=r"changed while it was copied \(.*resource.*\): stop the service"):
        database_moves.move(source.database, target, watch)
    with pytest.raises(OptiidError, match="has not ended"):
        ensure_ready(target)
    source.service.logbook.flush()
    assert not database_moves.move(source.database, target, quiet).resumed
    ensure_ready(target)


@pytest.mark.soak
def test_a_write_that_no_event_tells_of_is_noticed_too(source: InProcess, opened: Any, kind: str) -> None:
    fill(source)
    target = opened(OTHER[kind], "target")

    def stop(noun: str, _: int) -> Callable[[int], None]:
        if noun == "rows checked":
            raise KeyboardInterrupt
        return lambda _: None

    with pytest.raises(KeyboardInterrupt):
        database_moves.move(source.database, target, stop)
    sql = "UPDATE token SET last_used_at = ?"
    source.database.transaction(lambda: source.database.execute(sql, ("2020-01-01T00:00:00Z",)))
    with pytest.raises(ConflictError, match=r"copied \(token\):"):
        database_moves.move(source.database, target, quiet)
    assert not database_moves.move(source.database, target, quiet).resumed


@pytest.mark.soak
def test_a_difference_of_one_letter_is_found(source: InProcess, opened: Any, kind: str) -> None:
    fill(source)
    target = opened(OTHER[kind], "target")

    def watch(noun: str, _: int) -> Callable[[int], None]:
        if noun == "rows checked":
            sql = "UPDATE resource SET display = 'Adb' WHERE display = 'Ada'"
            other = open_database(settings_of(target))
            other.transaction(lambda: other.execute(sql))
            other.close()
        return lambda _: None

    def settings_of(database: Database) -> Any:
        where = str(database.engine.database)
        return settings_in(Path(where).parent, where if where.startswith("postgres") else "")

    with pytest.raises(ConflictError, match=r"\(resource\)"):
        # The snapshot of the check is older than what the watch does: so the change comes before it.
        database_moves.move(source.database, target, early(watch))


def early(watch: Any) -> Any:
    """Call a watch of the check already when the copy is nearly done."""

    def call(noun: str, total: int) -> Callable[[int], None]:
        if noun == "rows checked":
            return lambda _: None
        return lambda done: watch("rows checked", total)(done) if done == total else None

    return call


@pytest.mark.soak
def test_killed_amid_the_copy_it_goes_on_where_it_was(
    source: InProcess, opened: Any, kind: str, tmp_path: Path
) -> None:
    fill(source)
    many(source.database, 30_000)
    target = opened(OTHER[kind], "target")
    where = str(target.engine.database)
    url = where if OTHER[kind] == "postgresql" else f"sqlite:///{where}"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("OPTIID_")} | {
        "OPTIID_HOME": source.settings.home,
        "OPTIID_DATABASE_URL": source.settings.database_url,
    }
    command = [sys.executable, str(ROOT / "app.py"), "db", "move", "--to", url, "--output", "json"]
    process = subprocess.Popen(command, env=environment, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    deadline = time.monotonic() + 60
    while copied(target) < 2000 and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    _, told = process.communicate()
    assert process.returncode == -signal.SIGKILL, told
    reached = copied(target)
    assert 2000 <= reached < 30_000
    assert reached % row_copies.SLICE == 0
    with pytest.raises(OptiidError, match="has not ended"):
        ensure_ready(target)
    done: list[int] = []
    moved = database_moves.move(
        source.database, target, lambda noun, _: done.append if noun == "rows copied" else quiet(noun, 0)
    )
    assert moved.resumed
    assert min(done) > reached
    assert copied(target) == 30_000
    ensure_ready(target)


def many(database: Database, number: int) -> None:
    """Many rows that no request made."""
    one = database.reading(lambda: database.row("SELECT o.id FROM organization o"))
    assert one is not None
    rows = [(one[0], f"{count:08}", f"reason {count}") for count in range(number)]
    sql = """INSERT INTO hold (organization, id, resource, connection, asked, why, request, created_at, state)
             VALUES {} ON CONFLICT DO NOTHING"""
    for start in range(0, number, 1000):
        part = rows[start : start + 1000]
        values = ", ".join(["(?, ?, ?, 'c', 'erase', 'brake', 'r', '2026', 'released')"] * len(part))
        parameters = [value for row in part for value in row]
        database.transaction(lambda v=values, p=parameters: database.execute(sql.format(v), p))


def copied(database: Database) -> int:
    if "hold" not in catalog.names(database):
        return 0
    row = database.reading(lambda: database.row("SELECT COUNT(*) FROM hold"))
    return row[0] if row else 0
