"""An installation of two shards for tests: through its WSGI application in this process, or as a live gunicorn."""

from __future__ import annotations

import signal
import subprocess
from typing import TYPE_CHECKING, Any

import orjson
from werkzeug.test import Client

from optiid.cli.context import profiles_of
from optiid.dispatching import Dispatcher, create_service
from optiid.storage.shards import FIRST, Shards
from optiid.web.service import EXTENSION
from tests import postgresql
from tests.running import Connected, Reply, Scim, Tenants, settings_in

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pytest

    from optiid.settings import Settings
    from optiid.storage.shards import ShardDatabase
    from tests.postgresql import PostgresServer

EAST = "east"


def two_shards(home: Path, first: str = "", east: str = "", **more: Any) -> Settings:
    """Return settings of two shards; those without a URL are on SQLite."""
    return settings_in(home, first, shards=f"{EAST}={east or f'sqlite:///{home}/east.sqlite'}", **more)


def shards_on(request: pytest.FixtureRequest, home: Path) -> Iterator[Sharded]:
    """Give two shards on the database that a fixture is asked for: two files, or two databases of one PostgreSQL."""
    urls = ["", ""]
    if request.param == "postgresql":
        server = request.getfixturevalue("postgresql_server")
        urls = [server.create_database(), server.create_database()]
    running = Sharded(two_shards(home, *urls))
    yield running
    running.close()


class Sharded:
    """Two shards behind one application."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.app = create_service(settings)
        assert isinstance(self.app, Dispatcher)
        # What commands would open, beside what the application has.
        self.shards = Shards(settings)

    def database(self, shard: str) -> ShardDatabase:
        return self.shards.get(shard)

    def tenants(self, shard: str) -> Tenants:
        return Tenants(self.database(shard), profiles_of(self.settings))

    def connect(self, shard: str = FIRST, **more: Any) -> Connected:
        return self.tenants(shard).connect(**more)

    def scim(self, shard: str = FIRST, **more: Any) -> Scim:
        return Scim(self.send, self.connect(shard, **more))

    def send(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> Reply:
        answer = Client(self.app).open(path, method=method, data=body, headers=headers)
        return Reply(answer.status_code, orjson.loads(answer.data) if answer.data else None, answer.headers)

    def flush(self) -> None:
        """Have all lines of the logbook stored that wait."""
        for door in self.app._doors.values():
            if door.app is not None:
                door.app.extensions[EXTENSION].logbook.flush()

    def close(self) -> None:
        self.shards.close()
        self.app.shards.close()


def halt(server: PostgresServer) -> None:
    """Let a server go down at once, as if its machine had."""
    process = server._process
    assert process is not None
    process.send_signal(signal.SIGQUIT)
    process.wait(timeout=20)


def resume(server: PostgresServer) -> None:
    """Start a server again that went down."""
    before, folder, account = server._process, server._folder, postgresql._unprivileged_account()
    assert before is not None
    assert folder is not None
    environment, whose = postgresql._environment(), postgresql._as(account)
    with (folder / "server.log").open("ab") as log:
        server._process = subprocess.Popen(
            before.args, stdout=log, stderr=log, cwd=str(folder), env=environment, **whose
        )
    postgresql._await(server, folder)
