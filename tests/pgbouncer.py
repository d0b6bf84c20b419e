"""PgBouncer between the service and a PostgreSQL for tests, set up as optiid/docs/growing.md tells.

It is the one of the system (`apt-get install pgbouncer`). Each transaction gets another session of the server than the
one before, so that whatever a session remembers is missed at once.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import psycopg

from tests.postgresql import NoPostgresError, PostgresServer, _unprivileged_account
from tests.running import free_port

if TYPE_CHECKING:
    from tests.nodes import Place

PAGE = Path(__file__).resolve().parent.parent / "optiid" / "docs" / "growing.md"
SESSIONS = 3
PREPARES_SINCE = (1, 22)
FIXED = f"""
auth_type = any
admin_users = optiid
server_round_robin = 1
default_pool_size = {SESSIONS}
min_pool_size = {SESSIONS}
unix_socket_dir =
"""


class NoPgBouncerError(Exception):
    """PgBouncer is not here: what to do."""


def program() -> str:
    """Return the path of the first PgBouncer on PATH, or where Debian has it. Raises NoPgBouncerError."""
    found = shutil.which("pgbouncer", path=os.environ.get("PATH", "") + ":/usr/sbin")
    if found is None:
        raise NoPgBouncerError("PgBouncer: it is not here: apt-get install pgbouncer")
    return found


def version() -> tuple[int, ...]:
    """Return its version. Raises NoPgBouncerError."""
    said = subprocess.run([program(), "--version"], capture_output=True, text=True, check=True).stdout
    return tuple(map(int, re.findall(r"\d+", said)[:2]))


def told() -> str:
    """Return the settings that the page tells, without those that this version does not know."""
    (block,) = re.findall(r"```ini\n(pool_mode.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    lines = block.splitlines()
    return "\n".join(line for line in lines if version() >= PREPARES_SINCE or "prepared" not in line)


class PgBouncer:
    """A running PgBouncer in front of a server; `stop` ends it."""

    def __init__(self, server: PostgresServer, place: Place | None = None) -> None:
        """Start it here, or in a network namespace."""
        self._account, self._place = _unprivileged_account(), place
        self._folder, self.port = Path(tempfile.mkdtemp(prefix="optiid-pgbouncer-")), free_port()
        self.host = place.far_ends["clients"] if place else "127.0.0.1"
        behind = urlsplit(server.url)
        host = place.near_ends["database"] if place else behind.hostname
        given = {"host": host, "port": behind.port, "user": behind.username, "password": behind.password}
        line = " ".join(f"{name}={value}" for name, value in given.items() if value)
        listening = f"listen_addr = {self.host}\nlisten_port = {self.port}"
        settings = f"[databases]\n* = {line}\n[pgbouncer]\n{listening}\n{FIXED}{told()}\n"
        (self._folder / "pgbouncer.ini").write_text(settings, encoding="utf-8")
        if self._account:
            for path in (self._folder, self._folder / "pgbouncer.ini"):
                shutil.chown(path, self._account.pw_uid, self._account.pw_gid)
        self.start()

    def start(self) -> None:
        log = self._folder / "log"
        with log.open("ab") as written:
            command = ["ip", "netns", "exec", self._place.name] if self._place else []
            command += [program(), *(["-u", self._account.pw_name] if self._account else []), "pgbouncer.ini"]
            self._process = subprocess.Popen(command, cwd=self._folder, stdout=written, stderr=written)
        for _ in range(100):
            try:
                self.console("SHOW VERSION")
            except psycopg.OperationalError:
                time.sleep(0.05)
            else:
                return
        raise NoPostgresError(log.read_text())

    def url_of(self, url: str) -> str:
        """Return the URL of a database through this."""
        return f"postgresql://optiid@{self.host}:{self.port}/{url.rsplit('/', 1)[1]}"

    def console(self, command: str) -> list[tuple[Any, ...]]:
        """Run a command of its administrator."""
        with psycopg.connect(
            host=self.host, port=self.port, user="optiid", dbname="pgbouncer", autocommit=True
        ) as connection:
            cursor = psycopg.ClientCursor(connection).execute(command)
            return cursor.fetchall() if cursor.description else []

    def kill(self) -> None:
        self._process.kill()
        self._process.wait(timeout=10)

    def stop(self) -> None:
        self.kill()
        shutil.rmtree(self._folder)
