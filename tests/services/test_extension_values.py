"""Values of an organization's own schema: checked, found, sorted and patched like those of the core."""

from __future__ import annotations

from typing import Any

import pytest

from tests.badges import URN, with_badge
from tests.running import USER


@pytest.mark.parametrize(
    "badge",
    [
        {},
        {"level": 3},
        {"number": 7},
        {"number": "7", "doors": ["attic"]},
        {"number": "7", "level": "3"},
        {"number": "7", "level": 1.5},
        {"number": "7", "since": "yesterday"},
        {"number": "7", "costs": [{"amount": 1}]},
        {"number": "7", "photo": []},
        "badge",
    ],
)
def test_what_does_not_fit_is_refused(service: Any, badge: Any) -> None:
    scim = with_badge(service)
    reply = scim.post("/Users", {"userName": "ada", URN: badge})
    if badge in ({}, {"number": "7", "photo": []}):  # nothing given is no fault
        assert reply.status == 201
        return
    assert (reply.status, reply.body["scimType"]) == (400, "invalidValue")
    assert URN in reply.body["detail"]
    assert scim.get("/Users").body["totalResults"] == 0


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f'{URN}:number eq "N7"', "a"),
        (f'{URN.upper().replace("URN:", "urn:")}:NUMBER EQ "n7"', "a"),
        (f'{URN}:doors eq "FRONT"', "ab"),
        (f'{URN}:doors co "ack"', "a"),
        (f"{URN}:doors pr", "ab"),
        (f"not ({URN}:doors pr)", "cd"),
        (f"{URN}:level gt 9", "b"),
        (f"{URN}:level le 9", "a"),
        (f"{URN}:weight lt -0.5", "b"),
        (f'{URN}:since lt "2026-01-01T01:00:00+02:00"', "b"),
        (f"{URN}:valid eq true", "a"),
        (f'{URN}:code eq "ab"', "b"),
        (f'{URN}:costs[center eq "X" and amount gt 5]', "b"),
        (f"{URN}:costs.amount gt 5", "ab"),
        (f'{URN}:photo.place sw "os"', "a"),
        (f"{URN}:photo pr", "a"),
        (f'schemas eq "{URN}"', "abc"),
    ],
)
def test_filters_find_by_it(service: Any, text: str, expected: str) -> None:
    scim = with_badge(service)
    badges = {
        "a": {
            "number": "n7", "doors": ["front", "back"], "level": 9, "weight": 1, "since": "2026-01-01T00:00:00Z",
            "valid": True, "code": "AB", "costs": [{"center": "X", "amount": 1}, {"center": "Y", "amount": 9}],
            "photo": {"place": "Oslo"},
        },
        "b": {
            "number": "n8", "doors": ["front"], "level": 10, "weight": -1.25, "since": "2025-12-31T22:59:59.5Z",
            "valid": False, "code": "ab", "costs": [{"center": "x", "amount": 10}],
        },
        "c": {"number": "n9"},
        "d": {},
    }  # fmt: skip
    for name, badge in badges.items():
        scim.a_user(name, **{URN: badge})
    reply = scim.find("/Users", text)
    assert reply.status == 200, reply.body
    assert "".join(sorted(one["userName"] for one in reply.body["Resources"])) == expected


@pytest.mark.parametrize(
    "text", [f'{URN}:colour eq "x"', f'{URN}:pin eq "1234"', f"{URN}:valid gt true", f'{URN}:level eq "9"']
)
def test_filters_that_do_not_fit_are_refused(service: Any, text: str) -> None:
    reply = with_badge(service).find("/Users", text)
    assert (reply.status, reply.body["scimType"]) == (400, "invalidFilter")


@pytest.mark.parametrize(
    ("key", "expected"),
    [("number", "badc"), ("level", "abdc"), ("weight", "badc"), ("doors", "bacd"), ("costs.amount", "abdc")],
)
def test_resources_are_sorted_by_it(service: Any, key: str, expected: str) -> None:
    scim = with_badge(service)
    badges = {
        "a": {"number": "n8", "level": 9, "weight": 1, "doors": ["front"], "costs": [{"center": "X", "amount": 1}]},
        "b": {"number": "N7", "level": 10, "weight": -1, "doors": ["back"], "costs": [{"center": "X", "amount": 10}]},
        "d": {"number": "n9", "level": 11, "weight": 10},
        "c": {},
    }
    if key in ("doors", "costs.amount"):
        expected = expected.replace("d", "").replace("c", "")
    for name, badge in badges.items():
        scim.a_user(name, **{URN: badge})
    found = scim.get(f"/Users?sortBy={URN}:{key}").body["Resources"]
    assert "".join(one["userName"] for one in found).startswith(expected)


def test_patch_changes_it(service: Any) -> None:
    scim = with_badge(service)
    path = f"/Users/{scim.a_user(**{URN: {'number': '7', 'doors': ['front'], 'code': 'x'}})['id']}"
    operations = [
        {"op": "add", "path": f"{URN}:doors", "value": ["back", "FRONT"]},
        {"op": "replace", "path": f"{URN}:level", "value": 4},
        {"op": "add", "path": f"{URN}:costs", "value": [{"center": "A", "amount": 1}]},
        {"op": "replace", "path": f'{URN}:costs[center eq "a"].amount', "value": 2},
        {"op": "add", "value": {URN: {"photo": {"place": "Oslo"}}}},
        {"op": "replace", "path": f"{URN}:photo.taken", "value": "2026-01-01T00:00:00Z"},
    ]
    reply = scim.patch(path, *operations)
    assert reply.status == 200, reply.body
    assert reply.body[URN] == {
        "number": "7", "doors": ["front", "back"], "code": "x", "level": 4, "costs": [{"center": "A", "amount": 2}],
        "photo": {"place": "Oslo", "taken": "2026-01-01T00:00:00Z"},
    }  # fmt: skip
    assert scim.patch(path, operations[0], operations[1]).headers["ETag"] == reply.headers["ETag"]
    gone = scim.patch(path, {"op": "remove", "path": URN})
    assert (gone.status, URN in gone.body, gone.body["schemas"]) == (200, False, [USER])


@pytest.mark.parametrize(
    ("operation", "scim_type"),
    [
        ({"op": "remove", "path": f"{URN}:number"}, "mutability"),
        ({"op": "replace", "path": f"{URN}:code", "value": "y"}, "mutability"),
        ({"op": "replace", "path": f"{URN}:issuer", "value": "y"}, "mutability"),
        ({"op": "replace", "path": f"{URN}:doors", "value": ["attic"]}, "invalidValue"),
        ({"op": "replace", "path": f"{URN}:level", "value": "high"}, "invalidValue"),
        ({"op": "add", "path": f"{URN}:colour", "value": "red"}, "invalidPath"),
    ],
)
def test_patch_that_does_not_fit_is_refused(service: Any, operation: dict[str, Any], scim_type: str) -> None:
    scim = with_badge(service)
    user = scim.a_user(**{URN: {"number": "7", "code": "x"}})
    reply = scim.patch(f"/Users/{user['id']}", operation)
    assert (reply.status, reply.body["scimType"]) == (400, scim_type)
    assert scim.get(f"/Users/{user['id']}").body == user


def test_patch_that_begins_an_extension_needs_what_it_requires(service: Any) -> None:
    scim = with_badge(service)
    user = scim.a_user()
    reply = scim.patch(f"/Users/{user['id']}", {"op": "add", "path": f"{URN}:level", "value": 3})
    assert (reply.status, reply.body["scimType"]) == (400, "invalidValue")


@pytest.mark.parametrize("since", ["9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00", "2026-01-01", "yesterday"])
def test_instants_that_could_not_be_found_are_refused(service: Any, since: str) -> None:
    reply = with_badge(service).post("/Users", {"userName": "ada", URN: {"number": "7", "since": since}})
    assert (reply.status, reply.body["scimType"]) == (400, "invalidValue")


@pytest.mark.parametrize("op", ["add", "replace", "remove"])
def test_path_into_a_schema_that_is_not_there_is_refused(service: Any, op: str) -> None:
    scim = service.scim()
    operation = {"op": op, "path": f"{URN}:number", "value": "7"}
    reply = scim.patch(f"/Users/{scim.a_user()['id']}", operation)
    assert (reply.status, reply.body["scimType"]) == (400, "invalidPath")
