"""Clients that send at a rate of their own, from other processes too: what measures has its processor time to itself.

Such a process imports this module alone, so it imports nothing of the tests' set-up.
"""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import httpx2
import orjson

from tests.benchmarks.driver import Connection, Request, Target
from tests.running import PATCH_OP, PREFIX, USER, Connected, Reply, Scim

# Of each organization, which Microsoft asks an endpoint to take.
ASKED_RATE = 25


def ask_for(seconds: float, scims: list[Scim], clients: int, rate: float) -> tuple[int, int]:
    """Let clients ask at some rate together, and return how many requests passed, and how many were refused."""
    end = time.monotonic() + seconds
    counted, refused = [0] * clients, [0] * clients

    def ask(client: int) -> None:
        due = time.monotonic()
        while (now := time.monotonic()) < end:
            time.sleep(max(0.0, due - now))
            due = max(due, now - 0.2) + clients / rate
            reply = scims[client % len(scims)].get("/ServiceProviderConfig")
            if reply.status == 429:
                assert int(reply.headers["Retry-After"]) >= 1
                refused[client] += 1
            else:
                assert reply.status == 200
                counted[client] += 1

    with ThreadPoolExecutor(clients) as pool:
        list(pool.map(ask, range(clients)))
    return sum(counted), sum(refused)


def make_noise(base_url: str, token: str, seconds: float, rate: float) -> tuple[int, int]:
    """Let eight clients ask at some rate together, as `ask_for`."""
    with httpx2.Client(timeout=60) as client:

        def send(method: str, path: str, _body: bytes | None, headers: dict[str, str]) -> Reply:
            answer = client.request(method, base_url.removesuffix(PREFIX) + path, headers=headers)
            return Reply(answer.status_code, None, answer.headers)

        return ask_for(seconds, [Scim(send, Connected("", "", token))], 8, rate)


def send_as_providers_do(base_url: str, token: str, seconds: float) -> tuple[list[float], list[int]]:
    """Send 25 requests a second: look up, create, read, change, change; return what each took, and its status."""
    connection = Connection(Target("live", base_url, token))
    taken, statuses, ident = [], [], ""
    began = time.monotonic()
    for number in range(int(seconds * ASKED_RATE)):
        due = began + number / ASKED_RATE
        time.sleep(max(0.0, due - time.monotonic()))
        name, change = f"person{number // 5}@example.com", {"op": "Replace", "path": "title", "value": str(number)}
        request = [
            Request("GET", f"/Users?filter=userName%20eq%20%22{name}%22"),
            Request("POST", "/Users", {"schemas": [USER], "userName": name}),
            Request("GET", f"/Users/{ident}"),
            Request("PATCH", f"/Users/{ident}", {"schemas": [PATCH_OP], "Operations": [change]}),
            Request("PATCH", f"/Users/{ident}", {"schemas": [PATCH_OP], "Operations": [change | {"path": "nickName"}]}),
        ][number % 5]
        status, body = connection.send(request)
        taken.append(time.monotonic() - due)
        statuses.append(status)
        ident = orjson.loads(body)["id"] if status == 201 else ident
    return taken, statuses
