"""Fixtures for all tests."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.postgresql import NoPostgresError, PostgresServer, start_server
from tests.running import InProcess, Live, free_port, settings_in

if TYPE_CHECKING:
    from collections.abc import Iterator


def required() -> set[str]:
    """Return what OPTIID_REQUIRE names: a skip for its want is a failure."""
    return {name.strip() for name in os.environ.get("OPTIID_REQUIRE", "").split(",") if name.strip()}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the judges: they take longest, and the other processes work meanwhile."""
    items.sort(key=lambda item: item.path.name != "test_judges.py")


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


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def service(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[InProcess]:
    """The service in this process, once on each database; every connection made has an organization of its own."""
    home = tmp_path_factory.mktemp(f"service-{request.param}")
    running = InProcess(settings_in(home, database_url(request.param, request)))
    yield running
    running.service.logbook.flush()
    running.database.close()


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def live(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """A running gunicorn with two workers, once on each database."""
    home = tmp_path_factory.mktemp(f"live-{request.param}")
    running = Live(settings_in(home, database_url(request.param, request), port=free_port()))
    yield running
    running.stop()
