"""The service behind PgBouncer in transaction mode, each transaction in another session than the one before."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import psycopg
import pytest

from optiid.cli.doctor import check_pool
from optiid.errors import SettingsError
from optiid.services import backups, database_moves, directory, dry_run, exporting, plan_applying
from optiid.storage.database import Database, open_database
from optiid.storage.sessions import SESSION, is_pooled, unhurried
from optiid.storage.snapshots import snapshot
from tests.conftest import required
from tests.nodes import Place, await_true, may_make_namespaces, start_open_server
from tests.pgbouncer import PREPARES_SINCE, SESSIONS, NoPgBouncerError, PgBouncer, version
from tests.running import Live, Scim, free_port, settings_in

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.postgresql import PostgresServer

CLIENTS = 6
TITLE = {"op": "replace", "path": "title", "value": "Boss"}
# Given to each session by PgBouncer itself, as its client has them.
CARRIED = "('client_encoding', 'DateStyle', 'TimeZone', 'standard_conforming_strings', 'application_name')"


@pytest.fixture(scope="module")
def pooler(postgresql_server: PostgresServer) -> Iterator[PgBouncer]:
    try:
        version()
    except NoPgBouncerError as error:
        if "pgbouncer" in required():
            pytest.fail(f"{error} (OPTIID_REQUIRE=pgbouncer)", pytrace=False)
        pytest.skip(str(error))
    started = PgBouncer(postgresql_server)
    yield started
    started.stop()


def database_behind(server: PostgresServer, pooler: PgBouncer) -> str:
    """The URL of a fresh database whose sessions have by themselves what connections would tell."""
    url = server.create_database()
    with psycopg.connect(url, autocommit=True) as connection:
        for name, value in SESSION.items():
            connection.execute(f"ALTER DATABASE {url.rsplit('/', 1)[1]} SET {name} = {value}")
    return pooler.url_of(url)


@pytest.fixture(scope="module", params=[False, True], ids=["unprepared", "prepared"])
def behind(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    postgresql_server: PostgresServer,
    pooler: PgBouncer,
) -> Iterator[Live]:
    """A service whose first start made its tables through PgBouncer."""
    if request.param and version() < PREPARES_SINCE:
        pytest.skip("PgBouncer: prepared statements need 1.22")
    home, url = tmp_path_factory.mktemp("behind"), database_behind(postgresql_server, pooler)
    settings = settings_in(home, url, port=free_port(), prepare_statements=request.param)
    live = Live(settings, workers=1, OPTIID_PREPARE_STATEMENTS=str(request.param).lower())
    yield live
    live.stop()


def left_behind(database: Database) -> dict[int, list[str]]:
    """Return the settings that each session of the server was given and has still."""
    found: dict[int, list[str]] = {}
    sql = f"""
        SELECT pg_backend_pid(), s.name FROM (SELECT 1 AS one) o LEFT JOIN pg_settings s ON s.source = 'session'
        AND s.name NOT IN {CARRIED}"""
    for _ in range(4 * SESSIONS):
        for pid, name in database.reading(lambda: database.rows(sql)):
            found.setdefault(pid, []).extend([name] if name else [])
    return found


def work(scim: Scim) -> None:
    """Do a bit of everything, and find what was done."""
    people = [scim.a_user()["id"] for _ in range(3)]
    group = scim.a_group(members=people[:2])["id"]
    assert scim.post("/Users", {"userName": scim.get(f"/Users/{people[0]}").body["userName"]}).status == 409
    for user in people:
        assert scim.patch(f"/Users/{user}", TITLE).body["title"] == "Boss"
    added = {"op": "add", "path": "members", "value": [{"value": people[2]}]}
    assert scim.patch(f"/Groups/{group}", added).status in (200, 204)
    assert {one["value"] for one in scim.get(f"/Groups/{group}").body["members"]} == set(people)
    assert scim.find("/Users", 'title eq "boss" and active eq true').body["totalResults"] == 3
    first = scim.get("/Users?cursor&count=2").body
    assert len(scim.get(f"/Users?count=2&cursor={first['nextCursor']}").body["Resources"]) == 1
    assert scim.delete(f"/Users/{people[0]}").status == 204
    assert scim.get(f"/Users/{people[0]}").status == 404


def test_requests_by_several_clients(behind: Live, pooler: PgBouncer) -> None:
    with ThreadPoolExecutor(CLIENTS) as pool:
        list(pool.map(work, [behind.scim() for _ in range(CLIENTS)]))
    sessions = left_behind(behind.database)
    assert (len(sessions), set(map(tuple, sessions.values()))) == (SESSIONS, {()})


def test_dry_run_and_export(behind: Live) -> None:
    scim = behind.scim()
    scim.a_group(members=[scim.a_user()["id"] for _ in range(3)])
    database, organization = behind.database, scim.connected.organization
    dry_run.begin(database, scim.connected.connection)
    planned = scim.a_user()["id"]
    assert len(directory.users(database, organization)) == 3
    assert plan_applying.apply(database, scim.connected.connection).blocked == []
    lines = list(exporting.lines(database, organization))
    assert [sum(one["kind"] == kind for one in lines) for kind in ("user", "group")] == [4, 1], lines
    assert planned in {one["id"] for one in directory.users(database, organization)}


def test_commands_take_their_time_and_leave_no_trace(behind: Live) -> None:
    database = behind.database
    with unhurried(database):
        sql = "SELECT current_setting('statement_timeout')"
        assert database.transaction(lambda: database.row(sql)) == ("0",)
        with snapshot(database):
            assert database.row(sql) == ("0",)
    assert set(map(tuple, left_behind(database).values())) == {()}


@pytest.mark.soak
def test_move(behind: Live, postgresql_server: PostgresServer, pooler: PgBouncer, tmp_path: Path) -> None:
    behind.scim().a_user()
    target = open_database(settings_in(tmp_path, database_behind(postgresql_server, pooler), prepare_statements=False))
    assert database_moves.move(behind.database, target, lambda *_: lambda _: None).rows > 3
    assert set(map(tuple, left_behind(target).values())) == {()}
    target.close()


def test_what_does_not_go_through_says_so(behind: Live, tmp_path: Path) -> None:
    assert is_pooled(behind.database)
    with pytest.raises(SettingsError, match="Backups do not go through a pooler"):
        backups.back_up(behind.database, tmp_path / "copy", lambda _: None)


def test_doctor_tells_what_is_lost(
    behind: Live, postgresql_server: PostgresServer, pooler: PgBouncer, tmp_path: Path
) -> None:
    assert {one.level for one in check_pool(behind.database, behind.settings)} == {"ok"}
    bare = open_database(settings_in(tmp_path, pooler.url_of(postgresql_server.create_database())))
    told = [one.text for one in check_pool(bare, behind.settings) if one.level == "warn"]
    assert "a pooler loses lock_timeout of connections: ALTER ROLE optiid SET lock_timeout = 5000" in told
    bare.close()


def test_it_may_restart_at_any_time(behind: Live, pooler: PgBouncer) -> None:
    scim = behind.scim()
    user = scim.a_user()["id"]
    pooler.kill()
    gone = scim.get(f"/Users/{user}")
    assert (gone.status, "Retry-After" in gone.headers) == (503, True)
    pooler.start()
    await_true("the service finds it again", lambda: scim.patch(f"/Users/{user}", TITLE).status == 200)


@pytest.mark.soak
def test_server_that_does_not_answer_is_told_in_time(behind: Live, pooler: PgBouncer) -> None:
    scim, began = behind.scim(), time.monotonic()
    pooler.console("PAUSE")  # its clients wait as they do for a server that is away
    try:
        reply = scim.get("/Users")
        assert (reply.status, "Retry-After" in reply.headers, time.monotonic() - began < 10) == (503, True, True)
    finally:
        pooler.console("RESUME")
    assert scim.get("/Users").status == 200


@pytest.mark.soak
def test_server_whose_packets_vanish_is_told_in_time(tmp_path: Path) -> None:
    """PgBouncer itself notices, or whoever waits behind it would do so for a quarter of an hour."""
    if not may_make_namespaces():
        pytest.skip("network namespaces: this user may make none (root may, with CAP_NET_ADMIN)")
    place, server = Place(2), start_open_server()
    pooler = PgBouncer(server, place)
    url = database_behind(server, pooler)
    live = Live(settings_in(tmp_path, url, port=free_port()), workers=1, OPTIID_PREPARE_STATEMENTS="false")
    try:
        scim = live.scim()
        user = scim.a_user()["id"]
        place.cut_off()
        began = time.monotonic()
        reply = scim.patch(f"/Users/{user}", TITLE)
        assert (reply.status, "Retry-After" in reply.headers) == (503, True)
        assert time.monotonic() - began < 25
        place.link_again()
        await_true("the service finds it again", lambda: scim.patch(f"/Users/{user}", TITLE).status == 200)
    finally:
        place.link_again()
        pooler.stop()
        server.stop()
        place.remove()
        live.stop()
