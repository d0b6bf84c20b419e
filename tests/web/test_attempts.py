"""Failing requests of an address are answered 429 after a while, at both doors; a genuine token always gets in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
import pytest

from optiid.credentials import mint_key, mint_token
from optiid.services import api_keys
from tests.described import check_described
from tests.running import InProcess, settings_in

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HERE, THERE = "203.0.113.7", "203.0.113.8"
MOST = 5


@pytest.fixture
def running(tmp_path: Path) -> Iterator[InProcess]:
    made = InProcess(settings_in(tmp_path, workers=2, failures_per_address=MOST))
    yield made
    made.database.close()


def get(running: InProcess, secret: str, address: str = HERE, path: str = "/scim/v2/Users", **headers: str) -> Any:
    sent = {"Authorization": f"Bearer {secret}"} | headers
    return running.app.test_client().get(path, headers=sent, environ_base={"REMOTE_ADDR": address})


def wear_out(running: InProcess, **more: Any) -> list[int]:
    return [get(running, mint_token(), **more).status_code for _ in range(MOST + 3)]


def test_genuine_tokens_get_in_from_an_address_that_is_refused(running: InProcess) -> None:
    token, wrong = running.connection(), mint_token()
    assert wear_out(running) == [401] * MOST + [429] * 3
    refused = get(running, wrong)
    assert refused.status_code == 429
    check_described("GET", "/Users", 429, refused.headers, orjson.loads(refused.data))
    with running.database.counting() as seen:
        assert get(running, wrong).status_code == 429
    assert seen == []
    assert get(running, token).status_code == 200
    assert get(running, wrong, THERE).status_code == 401


def test_revoked_tokens_are_told_so_all_the_while(running: InProcess) -> None:
    connected = running.connect()
    table = "UPDATE token SET revoked_at = '2026-01-01T00:00:00.000000Z' WHERE organization = ?"
    running.database.transaction(lambda: running.database.execute(table, (connected.organization,)))
    wear_out(running)
    for _ in range(MOST + 2):
        answer = get(running, connected.token)
        assert (answer.status_code, b"was revoked" in answer.data) == (401, True)


def test_proxies_tell_whom_they_stand_for(running: InProcess) -> None:
    through = {"address": "127.0.0.1", "X-Forwarded-For": f"10.0.0.1, {HERE}"}
    assert wear_out(running, **through)[-1] == 429
    assert get(running, mint_token()).status_code == 429
    assert get(running, mint_token(), "127.0.0.1", **{"X-Forwarded-For": THERE}).status_code == 401
    assert wear_out(running, address="127.0.0.1")[-1] == 401
    assert get(running, mint_token(), THERE, **{"X-Forwarded-For": HERE}).status_code == 401


def test_admin_api_does_likewise(running: InProcess) -> None:
    path = "/api/v1/organizations"
    answers = [get(running, mint_key(), path=path) for _ in range(MOST + 2)]
    assert [answer.status_code for answer in answers] == [401] * MOST + [429] * 2
    assert answers[-1].content_type == "application/problem+json"
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= 60
    _, key = api_keys.create(running.database, "", "Test", "read")
    assert get(running, key, path=path).status_code == 200
