"""Fixtures for all tests."""

from __future__ import annotations

import logging
import os
from functools import cache
from typing import TYPE_CHECKING

import pytest

from optiid.services import organizations
from tests import organization_named
from tests.counted import wrong_counts
from tests.postgresql import NoPostgresError, PostgresServer, start_server
from tests.running import InProcess, Live, free_port, settings_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

organization_named.watch()
# What PostgreSQL plans, remembers and writes down by its own means, and what starts servers of its own.
ABOUT_POSTGRESQL = {
    "test_backups.py",
    "test_database_server.py",
    "test_growing.py",
    "test_judges.py",
    "test_page_plans.py",
    "test_pgbouncer.py",
    "test_postgresql.py",
    "test_postgresql_copies.py",
    "test_query_plans.py",
    "test_sessions.py",
    "test_sharding.py",
    "test_statistics.py",
    "test_upgrades.py",
}


def required() -> set[str]:
    """Return what OPTIID_REQUIRE names: a skip for its want is a failure."""
    return {name.strip() for name in os.environ.get("OPTIID_REQUIRE", "").split(",") if name.strip()}


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the judges: they take longest, and the other processes work meanwhile.

    Marked `distributed` are the tests that any engine must pass that is taken for a PostgreSQL.
    """
    items.sort(key=lambda item: item.path.name != "test_judges.py")
    for item in items:
        used = getattr(item, "callspec", None)
        kinds = [*getattr(item, "fixturenames", ()), *(used.params.values() if used else ())]
        apart = item.get_closest_marker("soak") or item.path.name in ABOUT_POSTGRESQL
        if ("postgresql" in kinds or "postgresql_url" in kinds) and not apart:
            item.add_marker(pytest.mark.distributed)


@pytest.fixture(scope="session", autouse=True)
def told_by_children(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """What processes that the tests start find in their statements; some end after the last test."""
    told = tmp_path_factory.mktemp("children") / "statements"
    organization_named.watch_children(told)
    yield told
    assert organization_named.take_found(told) == []


@pytest.fixture(autouse=True)
def logs_go_on_as_before() -> Iterator[None]:
    """Let the service that tests share log what it was told to, whatever a test has told the log."""
    logger = logging.getLogger("optiid")
    before = logger.level
    yield
    logger.setLevel(before)


@pytest.fixture(autouse=True)
def every_statement_names_the_organization(told_by_children: Path) -> Iterator[None]:
    """Fail the test in whose time the service ran a statement about all organizations (rule R2)."""
    yield
    found = organization_named.take_found(told_by_children)
    assert not found, "\n".join(found)


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[PostgresServer]:
    """A PostgreSQL server for the whole run."""
    try:
        server = start_server()
    except NoPostgresError as error:
        reason = f"PostgreSQL: {error}"
        if "pg" in required():
            pytest.fail(f"{reason} (OPTIID_REQUIRE=pg)", pytrace=False)
        pytest.skip(reason)
    yield server
    server.stop()


@pytest.fixture
def postgresql_url(postgresql_server: PostgresServer) -> str:
    """The URL of a PostgreSQL database of this test's own."""
    return postgresql_server.create_database()


def database_url(kind: str, request: pytest.FixtureRequest) -> str:
    """Return the URL of a fresh database of a kind; empty for SQLite in the service's own folder."""
    if kind == "sqlite":
        return ""
    server: PostgresServer = request.getfixturevalue("postgresql_server")
    return server.create_database()


@pytest.fixture(scope="session")
def services(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], InProcess]:
    """Give the service of this process on a kind of database, made when it is first asked for."""

    @cache
    def made(kind: str) -> InProcess:
        running = InProcess(settings_in(tmp_path_factory.mktemp(f"service-{kind}"), database_url(kind, request)))
        request.addfinalizer(running.database.close)
        return running

    return made


@pytest.fixture(scope="session")
def servers(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Live]:
    """Give the running gunicorn on a kind of database, started when it is first asked for."""

    @cache
    def made(kind: str) -> Live:
        home = tmp_path_factory.mktemp(f"live-{kind}")
        running = Live(settings_in(home, database_url(kind, request), port=free_port()))
        request.addfinalizer(running.stop)
        return running

    return made


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def service(request: pytest.FixtureRequest, services: Callable[[str], InProcess]) -> Iterator[InProcess]:
    """The service in this process, once on each database; every connection made has an organization of its own.

    Modules share it; what is told of the lists is compared with what is there for the organizations of this one.
    """
    running = services(request.param)
    before = {one.id for one in organizations.list_all(running.database)}
    yield running
    running.service.logbook.flush()
    wrong = wrong_counts(running.database, before)
    running.database.close()
    assert not wrong, "\n".join(wrong)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def live(request: pytest.FixtureRequest, servers: Callable[[str], Live]) -> Live:
    """A running gunicorn with two workers, once on each database; modules share it."""
    return servers(request.param)
