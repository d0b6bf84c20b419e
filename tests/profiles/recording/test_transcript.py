from __future__ import annotations

from typing import Any

from optiid.profiles.recording.traffic import NOTHING, Turn
from optiid.profiles.recording.transcript import transcript

JSON = {"content-type": "application/scim+json", "user-agent": "sync/1"}


def turn(method: str, path: str, status: int, body: Any = NOTHING, answer: Any = None, **more: Any) -> Turn:
    return Turn(method, path, more.get("query", ""), more.get("headers", JSON), body, status, answer)


def steps(*turns: Turn) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = transcript(list(turns), "standard", "case")["steps"]
    return found


ANN = {"id": "7", "userName": "Ann", "meta": {"version": 'W/"1"', "created": "x"}}
MADE = turn("POST", "/Users", 201, {"userName": "Ann"}, ANN)


def test_document_has_the_form_of_the_wire() -> None:
    made = transcript([MADE], "standard", "case")
    assert (made["idp"], made["scenario"], made["certainty"]) == ("standard", "case", "captured")
    assert made["headers"] == {"Content-Type": "application/scim+json", "User-Agent": "sync/1"}
    assert made["steps"] == [
        {
            "request": {"method": "POST", "path": "/Users", "body": {"userName": "Name1"}},
            "expect": {"status": 201, "body": {"id": {"@type": "string"}, "userName": "Name1"}},
            "save": {"user_id": "$.id"},
        }
    ]


def test_headers_of_a_step_differ_from_the_shared_ones() -> None:
    other = turn("GET", "/Users/7", 200, NOTHING, ANN, headers={"user-agent": "ann@corp.test"})
    bare = turn("PUT", "/Users/7", 200, {}, ANN, headers={"user-agent": "sync/1"})
    kept = turn("GET", "/Users/7", 200, NOTHING, ANN)
    requests = [step["request"] for step in steps(MADE, other, bare, kept)]
    assert requests[1]["headers"] == {"User-Agent": "x"}
    assert requests[2]["headers"] == {"Content-Type": None}
    assert requests[3]["keep_content_type"] is True


def test_versions_are_saved_when_they_are_asked_for() -> None:
    asks = turn("PUT", "/Users/7", 200, {}, ANN, headers=JSON | {"if-match": 'W/"1"'})
    alien = turn("PUT", "/Users/7", 412, {}, None, headers=JSON | {"if-match": "ann"})
    made = steps(MADE, asks, alien)
    assert made[0]["save"]["version_1"] == "$.meta.version"
    assert made[1]["request"]["headers"] == {"If-Match": "{version_1}"}
    assert "headers" not in made[2]["request"]


def test_lists_are_expected_as_far_as_equality_finds_them() -> None:
    answer = {"totalResults": 1, "Resources": [ANN]}
    exact = turn("GET", "/Users", 200, NOTHING, answer, query="filter=userName+eq+%22Ann%22")
    empty = turn("GET", "/Users", 200, NOTHING, {"totalResults": 0}, query="filter=userName+eq+%22Bob%22")
    partly = turn("GET", "/Users", 200, NOTHING, answer, query="filter=userName%20sw%20%22A%22")
    everybody = turn("GET", "/Users", 200, NOTHING, answer)
    bodies = [step["expect"]["body"] for step in steps(MADE, exact, empty, partly, everybody)[1:]]
    assert bodies[0] == {"totalResults": 1, "Resources": [{"id": "{user_id}"}]}
    assert bodies[1] == {"totalResults": 0, "Resources": {"@empty": True}}
    assert bodies[2] == bodies[3] == {"totalResults": {"@type": "integer"}}


def test_errors_are_expected_without_their_text() -> None:
    answer = {"status": "409", "scimType": "uniqueness", "detail": "Ann is taken"}
    step = steps(turn("POST", "/Users", 409, {"userName": "Ann"}, answer))[0]
    assert step["expect"] == {"status": 409, "body": {"status": "409", "scimType": "uniqueness"}}
    assert "save" not in step


def test_references_are_expected_without_what_the_service_adds() -> None:
    answer = ANN | {"manager": {"value": "8", "$ref": "http://x/Users/8", "displayName": "Bob"}, "groups": [{}]}
    step = steps(MADE, turn("GET", "/Users/7", 200, NOTHING, answer))[1]
    assert step["expect"]["body"] == {"id": "{user_id}", "userName": "Name1", "manager": {"value": "51"}}
