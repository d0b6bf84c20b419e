"""What belongs to one request never shows in another that the same thread or connection serves (rule R2)."""

from __future__ import annotations

import http.client
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import orjson
import pytest

from tests.running import PREFIX, Connected, Live

if TYPE_CHECKING:
    from tests.running import Scim

THREADS, TURNS = 6, 30


def send(line: http.client.HTTPConnection, token: str, method: str, path: str, body: Any = None) -> tuple[int, Any]:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/scim+json"}
    line.request(method, PREFIX + path, None if body is None else orjson.dumps(body), headers)
    answer = line.getresponse()
    raw = answer.read()
    return answer.status, orjson.loads(raw) if raw else None


class Turns:
    """One client with a connection that is kept alive, who sends the tokens of several organizations in turn."""

    def __init__(self, live: Live, own: list[tuple[Connected, str]], name: str) -> None:
        self._line = http.client.HTTPConnection("127.0.0.1", live.settings.port, timeout=30)
        self._own, self._name = own, name

    def take(self, turn: int) -> int:
        """Ask as one organization for what is its own, as the next for the same; return how many answers were held."""
        mine, ident = self._own[turn % len(self._own)]
        other = self._own[(turn + 1) % len(self._own)][0]
        status, found = send(self._line, mine.token, "GET", f"/Users/{ident}")
        assert (status, found["id"], found["title"]) == (200, ident, mine.organization)
        foreign = send(self._line, other.token, "GET", f"/Users/{ident}")
        assert foreign[0] == 404
        assert mine.organization not in str(foreign[1])
        status, made = send(self._line, mine.token, "POST", "/Users", self._body(mine, turn))
        assert status == 201
        assert made["title"] == mine.organization
        status, page = send(self._line, other.token, "GET", "/Users?count=20")
        assert status == 200
        assert {user["title"] for user in page["Resources"]} == {other.organization}
        assert send(self._line, "", "GET", f"/Users/{ident}")[0] == 401
        return 5

    def run(self) -> int:
        try:
            return sum(self.take(turn) for turn in range(TURNS))
        finally:
            self._line.close()

    def _body(self, mine: Connected, turn: int) -> dict[str, str]:
        return {"userName": f"{self._name}-{turn}@example.com", "title": mine.organization}


def an_own(scim: Scim) -> tuple[Connected, str]:
    return scim.connected, scim.a_user(title=scim.connected.organization)["id"]


@pytest.mark.parametrize("live", ["sqlite", pytest.param("postgresql", marks=pytest.mark.soak)], indirect=True)
def test_tokens_in_turn_on_kept_connections_see_their_own_alone(live: Live) -> None:
    own = [an_own(live.scim()) for _ in range(3)]
    # Each thread begins with another organization, so that all meet in the threads of the server.
    clients = [Turns(live, own[start % 3 :] + own[: start % 3], f"client{start}") for start in range(THREADS)]
    with ThreadPoolExecutor(THREADS) as pool:
        answers = sum(pool.map(Turns.run, clients))
    assert answers == THREADS * TURNS * 5
    print(f"{answers} answers by {THREADS} kept connections, each for the organization that asked")
