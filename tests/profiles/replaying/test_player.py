"""The player: here by a stand-in that answers, and with all recorded conversations against the service."""

from __future__ import annotations

import json
from typing import Any

import orjson
import pytest

from optiid.profiles.replaying.matching import ABSENT
from optiid.profiles.replaying.player import Player, Reply, pick
from tests.running import PREFIX, InProcess
from tests.test_wire import NEUTRAL, SCENARIOS, VENDOR_NEEDED


class Echo:
    """Answers 200 with what was sent."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str, dict[str, str], Any]] = []

    def __call__(self, method: str, path: str, headers: dict[str, str], body: bytes | None) -> Reply:
        self.sent.append((method, path, headers, body and json.loads(body)))
        return Reply(200, {"etag": 'W/"1"'}, {"id": "a b", "sent": self.sent[-1][3]})

    def play(self, *steps: dict[str, Any], **more: Any) -> str | None:
        return Player(self, "secret").play({"steps": list(steps), **more}, "r1")


def through(service: InProcess, token: str) -> Player:
    def send(method: str, path: str, headers: dict[str, str], body: bytes | None) -> Reply:
        answer = service.client.open(PREFIX + path, method=method, headers=headers, data=body)
        known = {name.lower(): value for name, value in answer.headers}
        return Reply(answer.status_code, known, orjson.loads(answer.data) if answer.data else None)

    return Player(send, token, strict=True)


@pytest.mark.parametrize("name", sorted(SCENARIOS))
def test_recorded_conversations_go_as_expected(service: InProcess, name: str) -> None:
    token = service.connection(SCENARIOS[name]["idp"])
    assert through(service, token).play(SCENARIOS[name], "r1") is None


@pytest.mark.parametrize("name", VENDOR_NEEDED)
def test_conversation_that_needs_a_repair_fails_without_it(service: InProcess, name: str) -> None:
    assert through(service, service.connection("standard")).play(SCENARIOS[name], "r1") is not None
    assert name not in NEUTRAL


def test_what_is_saved_is_sent_in_later_steps() -> None:
    echo = Echo()
    made = {"request": {"method": "POST", "path": "/Users", "body": {"userName": "{user}"}}, "save": {"it": "$.id"}}
    changed = {
        "request": {
            "method": "PUT",
            "path": "/Users/{it}",
            "query": {"attributes": ["id", "{it}"]},
            "body_from": "all",
            "set": {"sent": {"title": "x"}},
            "drop": ["id"],
            "headers": {"content-type": "application/json", "Accept": None},
        }
    }
    made["save"]["all"] = "$"  # type: ignore[index]
    assert echo.play(made, changed, vars={"user": "u-{run}"}, headers={"Accept": "a/b"}) is None
    assert echo.sent[0][2:] == (
        {"Content-Type": "application/scim+json", "Accept": "a/b", "Authorization": "Bearer secret"},
        {"userName": "u-r1"},
    )
    assert echo.sent[1] == (
        "PUT",
        "/Users/a%20b?attributes=id&attributes=a%20b",
        {"content-type": "application/json", "Authorization": "Bearer secret"},
        {"sent": {"userName": "u-r1", "title": "x"}},
    )


def test_first_difference_ends_the_conversation_with_the_step() -> None:
    get = {"method": "GET", "path": "/Users", "query": "filter=a%20eq%20{run}"}
    refused = {"note": "why", "request": get, "expect": {"status": [404, 410]}}
    told = Echo().play({"request": get}, refused)
    assert told is not None
    assert told.startswith("step 2 (why): GET /Users?filter=a%20eq%20r1: status 200, wanted 404 or 410 | {")
    assert Echo().play(refused | {"level": "should"}) is None
    assert Echo().play(refused | {"requires": ["nothing"]}) is None
    assert "header ETag" in str(Echo().play({"request": get, "expect": {"headers": {"ETag": {"@absent": True}}}}))
    assert "nothing to save" in str(Echo().play({"request": get, "save": {"x": "$.nothing[0].here"}}))
    assert "auth is 'x'" in str(Echo().play({"request": get | {"auth": "x"}}))
    assert "{nobody} has no value" in str(Echo().play(vars={"a": "{nobody}"}))


def test_step_without_expectation_is_to_succeed() -> None:
    player = Player(lambda *_: Reply(404, {}, None), "secret")
    told = player.play({"steps": [{"request": {"method": "GET", "path": "/Users"}}]}, "r1")
    assert told == "step 1: GET /Users: status 404, wanted a success | null"


def test_parts_of_an_answer() -> None:
    reply = Reply(200, {"etag": "1"}, {"a": [{"b.c": 1}]})
    assert pick("header:ETag", reply) == "1"
    assert pick('$.a[0]."b.c"', reply) == 1
    assert pick("$", reply) == reply.body
    assert pick("$.a.b", reply) is ABSENT
