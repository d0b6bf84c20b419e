"""Servers of this checkout for a benchmark, each with a bare Flask route beside it to hold its figures against."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Self

import psycopg

from tests.benchmarks import processes, settling
from tests.benchmarks.driver import Request, Target, ask_once
from tests.running import InProcess, free_port, settings_in

if TYPE_CHECKING:
    from optiid.storage.database import Database

ROOT = Path(__file__).resolve().parents[2]
LOG_SHOWN = 3000
SERVED = "tests.benchmarks.served:app"
STOP_SECONDS = 30


class OwnServer:
    """gunicorn on a data folder of its own, with the settings that `optiid serve` has."""

    def __init__(self, home: Path, name: str, database_url: str = "", **more: str) -> None:
        """Start it; `more` are variables, such as OPTIID_THREADS."""
        home.mkdir(exist_ok=True)
        self.settings = settings_in(home, database_url, log_level="warning", port=free_port())
        self.service = InProcess(self.settings)
        self.connected = self.service.connect("entra")
        environment = {name: value for name, value in os.environ.items() if not name.startswith("OPTIID_")} | {
            "OPTIID_HOME": str(home),
            "OPTIID_DATABASE_URL": database_url,
            "OPTIID_LOG_LEVEL": "warning",
            "OPTIID_RATE_LIMIT_ENABLED": "false",  # a driver sends more than one identity provider may
            "OPTIID_PORT": str(self.settings.port),
            "OPTIID_WORKERS": "2",
            "PYTHONPATH": str(ROOT),
            **more,
        }
        command = [sys.executable, "-m", "gunicorn", "-c", "python:optiid.gunicorn_conf", SERVED]
        self._log = home / "server.log"
        self.log = ""  # the end of it, once the server has stopped
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(command, cwd=home, env=environment, stderr=log)
        self._backends = Backends(database_url) if database_url else None
        bare = Request("GET", f"{self.settings.public_origin}/bare")
        self.target = Target(
            name, self.settings.scim_base_url, self.connected.token, self.workers, self.backends, bare, self.settle
        )
        self._wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.service.service.logbook.flush()
        self.service.database.close()
        if self._backends is not None:
            self._backends.close()
        self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self.log = self._log.read_text()[-LOG_SHOWN:]

    @property
    def database(self) -> Database:
        """The database, to fill it without requests."""
        return self.service.database

    def workers(self) -> list[int]:
        """Return the processes that answer requests."""
        return processes.children(self._process.pid)

    def settle(self) -> None:
        """Return once the workers have stored what no request waited for."""
        settling.settle(self.workers())

    def backends(self) -> list[int]:
        """Return the processes of PostgreSQL that serve this server, on this machine."""
        return [] if self._backends is None else self._backends.processes()

    def memory(self) -> int:
        """Return the bytes that the workers hold together."""
        return processes.memory(self.workers())

    def _wait(self) -> None:
        for _ in range(300):
            try:
                ask_once(self.target, Request("GET", f"{self.settings.public_origin}/readyz"))
                self.settle()  # every worker is there
            except OSError:
                time.sleep(0.1)
            else:
                return
        raise RuntimeError(f"The server does not start: {self._log.read_text()}")


class Backends:
    """The processes of PostgreSQL that serve a database: one for each connection but the one that asks."""

    def __init__(self, url: str) -> None:
        self._connection = psycopg.connect(url, autocommit=True)

    def processes(self) -> list[int]:
        """Return their ids; none when the server runs on another machine."""
        asked = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        found = [pid for (pid,) in self._connection.execute(asked).fetchall()]
        return [pid for pid in found if "postgres" in _command(pid)]

    def close(self) -> None:
        """Ask no more."""
        self._connection.close()


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/comm").read_text(encoding="utf-8")
    except OSError:
        return ""
