"""A server of this checkout for a benchmark, with a bare Flask route beside it that all figures are held against."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from optiid.clock import new_id
from optiid.scim.resource_types import USER as USER_TYPE
from optiid.storage import resources
from optiid.storage.resources import Scope
from tests.benchmarks.driver import Connection, Request, Target
from tests.benchmarks.workloads import Directory, full_user
from tests.running import InProcess, free_port, settings_in

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parents[2]
SLICE = 2000
BARE_APP = """
from flask import Flask
from optiid.application import create_app
BODY = {"id": "7", "text": "x" * 900}
bare = Flask("bare")
@bare.get("/bare")
def answer():
    return BODY
scim = create_app()
def app(environ, start_response):
    return (bare if environ["PATH_INFO"] == "/bare" else scim)(environ, start_response)
"""


class OwnServer:
    """gunicorn on a data folder of its own, with the settings that `optiid serve` has."""

    def __init__(self, home: Path, database_url: str, profile: str = "entra", **more: str) -> None:
        """Start it; `more` are variables, such as OPTIID_THREADS."""
        self.settings = settings_in(home, database_url, log_level="warning", port=free_port())
        self.service = InProcess(self.settings)
        self.connected = self.service.connect(profile)
        (home / "bare_app.py").write_text(BARE_APP)
        environment = {name: value for name, value in os.environ.items() if not name.startswith("OPTIID_")} | {
            "OPTIID_HOME": str(home),
            "OPTIID_DATABASE_URL": database_url,
            "OPTIID_LOG_LEVEL": "warning",
            "OPTIID_PORT": str(self.settings.port),
            "OPTIID_WORKERS": "2",
            "PYTHONPATH": f"{home}{os.pathsep}{ROOT}",
            **more,
        }
        command = [sys.executable, "-m", "gunicorn", "-c", "python:optiid.gunicorn_conf", "bare_app:app"]
        self.log = home / "server.log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(command, cwd=home, env=environment, stderr=log)
        self.target = Target("optiid", self.settings.scim_base_url, self.connected.token, self.workers)
        self._wait()

    @property
    def bare(self) -> Request:
        """The request of the bare route."""
        return Request("GET", f"{self.settings.public_origin}/bare")

    def workers(self) -> list[psutil.Process]:
        """Return the processes that answer requests."""
        return psutil.Process(self.process.pid).children()

    def memory(self) -> int:
        """Return what the workers hold, in bytes; pages they share count once for each."""
        return sum(worker.memory_info().rss for worker in self.workers())

    def _wait(self) -> None:
        for _ in range(150):
            try:
                Connection(self.target).send(Request("GET", f"{self.settings.public_origin}/readyz"))
            except OSError:
                time.sleep(0.1)
            else:
                return
        raise RuntimeError("the server does not start")

    def fill(self, known: Directory, amount: int, progress: Callable[[int, int], None]) -> None:
        """Make users until there are so many, by the storage alone: a million over HTTP would take half an hour."""
        database = self.service.database
        scope = Scope(self.connected.organization, self.connected.connection)

        def write(first: int, last: int) -> list[str]:
            idents = []
            for number in range(first, last):
                document = {key: value for key, value in full_user(known.name(number)).items() if key != "schemas"}
                idents.append(new_id())
                resources.insert(database, scope, USER_TYPE, idents[-1], document, "living")
            return idents

        while len(known.users) < amount:
            first, last = len(known.users), min(amount, len(known.users) + SLICE)
            known.users += database.transaction(lambda first=first, last=last: write(first, last))  # type: ignore[misc]
            progress(last, amount)
        if database.dialect.name == "postgresql":
            database.execute("ANALYZE")

    def stop(self) -> None:
        """Stop the server."""
        self.service.database.close()
        self.process.terminate()
        self.process.wait(30)
