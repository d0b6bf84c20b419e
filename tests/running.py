"""The service for tests: in this process through Flask's test client, or as a live gunicorn on loopback."""

from __future__ import annotations

import itertools
import os
import random
import socket
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import orjson

from optiid.application import create_app
from optiid.cli.context import profiles_of
from optiid.services import connections, organizations, tokens
from optiid.settings import Settings, load_settings
from optiid.storage.database import Database, open_database
from optiid.storage.migrating import ensure_ready
from optiid.web.service import EXTENSION, Service
from tests.described import check_described

ROOT = Path(__file__).resolve().parent.parent
PREFIX = "/scim/v2"
USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
PATCH_OP = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
_numbers = itertools.count(1)


@dataclass(frozen=True)
class Reply:
    """An answer, reduced to what tests look at."""

    status: int
    body: Any
    headers: Any


@dataclass(frozen=True)
class Connected:
    """One connection with its token, and the organization it belongs to."""

    organization: str
    connection: str
    token: str


@dataclass
class Scim:
    """A SCIM client of one connection; `send` is the transport."""

    send: Any
    connected: Connected
    headers: dict[str, str] = field(default_factory=dict)

    def request(self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None) -> Reply:
        sent = {"Authorization": f"Bearer {self.connected.token}"} | self.headers | (headers or {})
        raw = body if isinstance(body, bytes) or body is None else orjson.dumps(body)
        if raw is not None:
            sent.setdefault("Content-Type", "application/scim+json")
        return self.send(method, PREFIX + path, raw, sent)

    def get(self, path: str, **more: Any) -> Reply:
        return self.request("GET", path, **more)

    def post(self, path: str, body: Any, **more: Any) -> Reply:
        return self.request("POST", path, body, **more)

    def put(self, path: str, body: Any, **more: Any) -> Reply:
        return self.request("PUT", path, body, **more)

    def patch(self, path: str, *operations: dict[str, Any], **more: Any) -> Reply:
        return self.request("PATCH", path, {"schemas": [PATCH_OP], "Operations": list(operations)}, **more)

    def delete(self, path: str, **more: Any) -> Reply:
        return self.request("DELETE", path, **more)

    def find(self, endpoint: str, text: str) -> Reply:
        return self.get(f"{endpoint}?" + str(httpx2.QueryParams({"filter": text})))

    def a_user(self, name: str | None = None, /, **more: Any) -> dict[str, Any]:
        body = {"schemas": [USER], "userName": name or f"user{next(_numbers)}@example.com"} | more
        reply = self.post("/Users", body)
        assert reply.status == 201, reply.body
        return reply.body

    def a_group(self, name: str | None = None, members: list[str] | None = None) -> dict[str, Any]:
        body: dict[str, Any] = {"schemas": [GROUP], "displayName": name or f"Group {next(_numbers)}"}
        if members is not None:
            body["members"] = [{"value": member} for member in members]
        reply = self.post("/Groups", body)
        assert reply.status == 201, reply.body
        return reply.body


class Tenants:
    """Makes organizations, connections and tokens in a database."""

    def __init__(self, database: Database, registry: Any) -> None:
        self.database = database
        self._registry = registry

    def connect(
        self, profile: str = "standard", organization: str | None = None, settings: dict[str, Any] | None = None
    ) -> Connected:
        if organization is None:
            organization = organizations.create(self.database, f"Organization {os.getpid()}-{next(_numbers)}").id
        made = connections.create(self.database, organization, self._registry.get(profile), None, settings)
        _, secret = tokens.create(self.database, made.id)
        return Connected(organization, made.id, secret)

    def connection(self, profile: str = "standard") -> str:
        return self.connect(profile).token


class InProcess(Tenants):
    """The service in this process."""

    def __init__(self, settings: Settings) -> None:
        self.app = create_app(settings)
        self.service: Service = self.app.extensions[EXTENSION]
        self.client = self.app.test_client()
        self.settings = settings
        super().__init__(self.service.database, self.service.profiles.registry)

    def send(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> Reply:
        answer = self.app.test_client().open(path, method=method, data=body, headers=headers)
        reply = Reply(answer.status_code, orjson.loads(answer.data) if answer.data else None, answer.headers)
        if path.startswith(PREFIX) and reply.status != 405:
            check_described(method, path.removeprefix(PREFIX), reply.status, reply.headers, reply.body)
        return reply

    def scim(self, profile: str = "standard", **more: Any) -> Scim:
        return Scim(self.send, self.connect(profile, **more))

    def as_(self, connected: Connected) -> Scim:
        return Scim(self.send, connected)


def free_port() -> int:
    """Return a port that nobody uses, below those that outgoing connections of other tests may take in the meantime."""
    for port in random.SystemRandom().sample(range(20_000, 32_000), 100):
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise AssertionError("no port is free")


class Live(Tenants):
    """A gunicorn of this checkout, with a database of its own, stopped by `stop`."""

    within: tuple[str, ...] = ()  # the command that runs it elsewhere

    def __init__(self, settings: Settings, workers: int = 2, **more: str) -> None:
        """Start it; `more` are variables, such as OPTIID_THREADS."""
        self.settings = settings
        self._http = httpx2.Client(timeout=60, limits=httpx2.Limits(max_connections=64))
        self._environment = {name: value for name, value in os.environ.items() if not name.startswith("OPTIID_")} | {
            "OPTIID_HOME": settings.home,
            "OPTIID_DATABASE_URL": settings.database_url,
            "OPTIID_HOST": settings.host,
            "OPTIID_PORT": str(settings.port),
            "OPTIID_LOG_LEVEL": "warning",
            # Tests send as much as they can; those of the limits switch them on.
            "OPTIID_RATE_LIMIT_ENABLED": "false",
            **more,
        }
        self._command = [*self.within, sys.executable, "app.py", "serve", "--workers", str(workers)]
        self._log = Path(settings.home) / "server.log"
        Path(settings.home).mkdir(parents=True, exist_ok=True)
        self.base_url = f"http://{settings.host}:{settings.port}{PREFIX}"
        self.start()
        database = open_database(settings)
        ensure_ready(database)
        super().__init__(database, profiles_of(settings))

    def start(self) -> None:
        """Start it, for the first time or after it ended, and wait until it is ready."""
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(self._command, cwd=ROOT, env=self._environment, stdout=log, stderr=log)
        self._wait()

    def _wait(self) -> None:
        for _ in range(300):
            try:
                if self._http.get(self.base_url.removesuffix(PREFIX) + "/readyz").status_code == 200:
                    return
            except httpx2.HTTPError:
                if self.process.poll() is not None:
                    break
            time.sleep(0.1)
        raise AssertionError(self._log.read_text())

    def send(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> Reply:
        url = self.base_url.removesuffix(PREFIX) + path
        answer = self._http.request(method, url, content=body, headers=headers)
        return Reply(answer.status_code, orjson.loads(answer.content) if answer.content else None, answer.headers)

    def scim(self, profile: str = "standard", **more: Any) -> Scim:
        return Scim(self.send, self.connect(profile, **more))

    def stop(self) -> None:
        self._http.close()
        self.database.close()
        self.process.terminate()
        self.process.wait(timeout=30)


def settings_in(home: Path, database_url: str = "", **more: Any) -> Settings:
    """Return settings for a service whose data lives in `home`; the environment plays no part."""
    return load_settings(environ={}, home=str(home), database_url=database_url, **{"rate_limit_enabled": False} | more)
