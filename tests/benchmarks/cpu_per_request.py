"""Server CPU per request, as ratios to a bare Flask route on the same gunicorn in the same run.

    python -m tests.benchmarks.cpu_per_request [--users 1000] [--rounds 5] [--requests 1000] [--database URL]

Two workers with the default threads, SQLite in WAL with synchronous=FULL (or the database named), eight keep-alive
connections from this process. CPU is what the kernel counted for the workers, user and system, without PostgreSQL's
own. The routes take turns in rounds, since machines drift; medians and the spread are printed.
"""

from __future__ import annotations

import argparse
import http.client
import os
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
import psutil

from tests.running import ENTERPRISE, PATCH_OP, USER, InProcess, free_port, settings_in

if TYPE_CHECKING:
    from collections.abc import Callable

CONNECTIONS = 8
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
Request = tuple[str, str, bytes | None]


def full_user(number: int, stem: str = "person") -> dict[str, Any]:
    name = f"{stem}{number}"
    return {
        "schemas": [USER, ENTERPRISE],
        "userName": f"{name}@example.com",
        "externalId": f"ext-{name}",
        "active": True,
        "displayName": f"Person {number}",
        "name": {"givenName": "Person", "familyName": str(number), "formatted": f"Person {number}"},
        "title": "Engineer",
        "emails": [{"value": f"{name}@example.com", "type": "work", "primary": True}],
        "phoneNumbers": [{"value": "5550100", "type": "work"}, {"value": "5550101", "type": "mobile"}],
        "addresses": [{"type": "work", "locality": "Aarhus", "country": "DK", "formatted": "Quay 2"}],
        ENTERPRISE: {"employeeNumber": str(number), "department": "Optics", "costCenter": "4410"},
    }


class Server:
    """gunicorn with the bare route and the service beside each other."""

    def __init__(self, home: Path, database_url: str) -> None:
        self.port = free_port()
        (home / "bare_app.py").write_text(BARE_APP)
        settings = {"OPTIID_HOME": str(home), "OPTIID_LOG_LEVEL": "warning", "OPTIID_DATABASE_URL": database_url}
        paths = f"{home}{os.pathsep}{Path(__file__).resolve().parents[2]}"
        command = [
            "-m",
            "gunicorn",
            "-k",
            "gthread",
            "-w",
            "2",
            "--threads",
            "32",
            "--no-control-socket",
            "-b",
            f"127.0.0.1:{self.port}",
            "bare_app:app",
        ]
        environment = os.environ | settings | {"PYTHONPATH": paths}
        self.process = subprocess.Popen(
            [sys.executable, *command], cwd=home, env=environment, stderr=subprocess.DEVNULL
        )
        for _ in range(100):
            time.sleep(0.1)
            try:
                self.send(http.client.HTTPConnection("127.0.0.1", self.port), ("GET", "/readyz", None), "")
            except OSError:
                continue
            return

    def cpu(self) -> float:
        """Return the CPU seconds that the workers have used."""
        workers = psutil.Process(self.process.pid).children()
        return sum(times.user + times.system for times in (worker.cpu_times() for worker in workers))

    @staticmethod
    def send(connection: http.client.HTTPConnection, request: Request, token: str) -> int:
        method, path, body = request
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/scim+json"}
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        answer.read()
        return answer.status

    def measure(self, requests: list[Request], token: str, wanted: set[int], connections: int = CONNECTIONS) -> float:
        """Return CPU microseconds per request."""

        def work(part: list[Request]) -> None:
            connection = http.client.HTTPConnection("127.0.0.1", self.port)
            for request in part:
                status = self.send(connection, request, token)
                assert status in wanted, (request, status)

        before = self.cpu()
        with ThreadPoolExecutor(connections) as pool:
            list(pool.map(work, [requests[start::connections] for start in range(connections)]))
        return (self.cpu() - before) / len(requests) * 1e6


def patch_body(number: int) -> bytes:
    operations = [
        {"op": "Replace", "path": "displayName", "value": f"New {number}"},
        {"op": "Replace", "path": f"{ENTERPRISE}:department", "value": f"Dept {number}"},
    ]
    return orjson.dumps({"schemas": [PATCH_OP], "Operations": operations})


def workloads(users: list[str], amount: int) -> dict[str, tuple[Callable[[int], Request], set[int]]]:
    def pick(number: int) -> int:
        return number * 7919 % len(users)

    def match(name: str) -> Request:
        return ("GET", f"/scim/v2/Users?filter=userName+eq+%22{name}%40example.com%22", None)

    return {
        "bare Flask route": (lambda _: ("GET", "/bare", None), {200}),
        "get": (lambda n: ("GET", f"/scim/v2/Users/{users[pick(n)]}", None), {200}),
        "match hit": (lambda n: match(f"person{pick(n)}"), {200}),
        "match miss": (lambda n: match(f"nobody{n}"), {200}),
        "create": (lambda n: ("POST", "/scim/v2/Users", orjson.dumps(full_user(n, f"new{time.time_ns()}-"))), {201}),
        "PATCH": (lambda n: ("PATCH", f"/scim/v2/Users/{users[pick(n)]}", patch_body(n + amount)), {200}),
    }


def member_costs(server: Server, service: InProcess, connected: Any, users: list[str]) -> dict[int, float]:
    """Return CPU microseconds per PATCH that adds one member, by size of the group before."""
    scim, costs = service.as_(connected), {}
    for size in (10, 1_000, 10_000):
        group = scim.a_group(members=users[:size])["id"]
        requests = [
            ("PATCH", f"/scim/v2/Groups/{group}", orjson.dumps({"schemas": [PATCH_OP], "Operations": [operation]}))
            for ident in users[size : size + 200]
            for operation in ({"op": "add", "path": "members", "value": [{"value": ident}]},)
        ]
        costs[size] = server.measure(requests, connected.token, {200, 204}, connections=1)
    return costs


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--users", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--requests", type=int, default=1000)
    parser.add_argument("--members", action="store_true", help="also add members to groups of 10 to 10,000")
    parser.add_argument("--database", default="")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        service = InProcess(settings_in(home, chosen.database, log_level="warning"))
        connected = service.connect("entra")
        scim = service.as_(connected)
        users = [scim.post("/Users", full_user(number)).body["id"] for number in range(chosen.users)]
        server = Server(home, chosen.database)
        try:
            report(server, connected.token, users, chosen)
            if chosen.members:
                more = [scim.post("/Users", full_user(n, "member")).body["id"] for n in range(10_200 - len(users))]
                for size, cost in member_costs(server, service, connected, users + more).items():
                    print(f"add one member to {size:>6}  {cost:8.0f} us")
        finally:
            server.process.terminate()
            server.process.wait(30)


def report(server: Server, token: str, users: list[str], chosen: argparse.Namespace) -> None:
    loads = workloads(users, chosen.requests)
    figures: dict[str, list[float]] = {name: [] for name in loads}
    for turn in range(chosen.rounds + 1):  # the first round warms up
        for name, (make, wanted) in loads.items():
            requests = [make(turn * chosen.requests + number) for number in range(chosen.requests)]
            cost = server.measure(requests, token, wanted)
            if turn:
                figures[name].append(cost)
    bare = figures["bare Flask route"]
    for name, costs in figures.items():
        ratios = [cost / base for cost, base in zip(costs, bare, strict=True)]
        spread = f"[{min(ratios):.2f}..{max(ratios):.2f}]"
        print(f"{name:<18} {statistics.median(costs):8.0f} us  {statistics.median(ratios):5.2f}x {spread}")


if __name__ == "__main__":
    main()
