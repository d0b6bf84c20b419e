from __future__ import annotations

import json
from typing import Any

import pytest

from optiid.profiles.recording.traffic import NOTHING, Inventory, Turn, read_turn
from optiid.scim.masking import UNREADABLE

USER = {"id": "u", "meta": {"resourceType": "User"}}
MEMBER = "01a20000-aaaa-7bbb-8ccc-ddddeeeeffff"


def turn(method: str, path: str, status: int = 200, body: Any = NOTHING, answer: Any = None) -> Turn:
    return Turn(method, path, "", {}, body, status, answer)


@pytest.mark.parametrize(
    ("method", "path", "query", "sent"),
    [
        ("POST", "/Bulk", "", "{}"),
        ("GET", "/Me", "", None),
        ("GET", "/Users", "count=1&cursor=abc", None),
        ("POST", "/Users/.search", "", '{"cursor": "abc"}'),
        ("POST", "/Users", "", UNREADABLE),
        ("PUT", "/Users/1", "", '{"userName": "cut'),
        ("PATCH", "/Users/1", "", None),
    ],
)
def test_what_cannot_be_played_alone_is_no_turn(method: str, path: str, query: str, sent: str | None) -> None:
    assert read_turn(method, (path, query), {}, sent, (200, None)) is None


def test_turn_knows_what_it_is_about() -> None:
    made = read_turn("POST", ("/Users", "cursor="), {}, json.dumps({"a": 1}), (201, json.dumps(USER)))
    assert made is not None
    assert (made.kind, made.ident, made.creates, made.body) == ("user", None, True, {"a": 1})
    assert list(made.resources()) == [USER]
    assert (turn("GET", "/groups/7").kind, turn("GET", "/groups/7").ident) == ("group", "7")
    assert turn("POST", "/Users/.search").is_search
    assert turn("GET", "/Users/.search").ident is None
    assert turn("GET", "/Schemas/urn:x").kind is None


def test_resources_are_made_or_were_there() -> None:
    found = Inventory.of(
        [
            turn("POST", "/Users", 201, {}, USER),
            turn("GET", "/Users", 200, NOTHING, {"Resources": [USER, {"id": "v", "title": "x"}]}),
            turn("PATCH", "/Groups/g", 204, {"Operations": [{"op": "add", "value": MEMBER}]}),
            turn("GET", "/Users/gone", 404, NOTHING, {"status": "404"}),
        ]
    )
    assert found.kinds == {"u": "user", "v": "user", "g": "group", MEMBER: "user"}
    assert (found.made, found.existing("user"), found.existing("group")) == ({"u"}, ["v", MEMBER], ["g"])
    assert found.documents == {"v": {"id": "v", "title": "x"}}
    assert found.variables() == {"u": "{user_id}", "v": "{user_2_id}", MEMBER: "{user_3_id}", "g": "{group_id}"}


def test_members_that_were_passed_over_are_nobody() -> None:
    group = {"id": "g", "members": []}
    add = turn("PATCH", "/Groups/g", 204, {"Operations": [{"op": "add", "value": MEMBER}]})
    assert MEMBER not in Inventory.of([add, turn("GET", "/Groups/g", 200, NOTHING, group)]).kinds
    assert MEMBER in Inventory.of([add, turn("DELETE", "/Groups/g", 204)]).kinds
