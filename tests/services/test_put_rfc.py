"""PUT by the mutability of each attribute (RFC 7644, section 3.5.1), for core attributes and added schemas."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from optiid.services import extension_schemas
from tests.running import ENTERPRISE, Scim
from tests.running import USER as CORE

BADGE = "urn:example:params:scim:schemas:Badge"
SCHEMA = {
    "id": BADGE,
    "attributes": [
        {"name": "number", "required": True},
        {"name": "doors", "multiValued": True},
        {"name": "code", "mutability": "immutable"},
        {"name": "seals", "multiValued": True, "mutability": "immutable"},
        {"name": "pin", "mutability": "writeOnly", "returned": "never"},
        {"name": "issuer", "mutability": "readOnly"},
        {
            "name": "costs", "type": "complex", "multiValued": True,
            "subAttributes": [{"name": "center", "required": True}, {"name": "year", "mutability": "immutable"}],
        },
    ],
}  # fmt: skip
SET = {"number": "7", "doors": ["front"], "code": "C1", "seals": ["a", "b"], "costs": [{"center": "x", "year": "1"}]}
_numbers = itertools.count()


@pytest.fixture
def scim(service: Any) -> Scim:
    client: Scim = service.scim()
    extension_schemas.add(service.database, client.connected.organization, SCHEMA)
    return client


def a_user(scim: Scim, **more: Any) -> dict[str, Any]:
    reply = scim.post("/Users", {"userName": f"put{next(_numbers)}@example.com"} | more)
    assert reply.status == 201, reply.body
    found: dict[str, Any] = reply.body
    return found


def put(scim: Scim, user: dict[str, Any], **sent: Any) -> Any:
    return scim.put(f"/Users/{user['id']}", {"schemas": [CORE], "userName": user["userName"]} | sent)


def test_what_was_read_can_be_sent_back(scim: Scim) -> None:
    user = a_user(
        scim,
        name={"givenName": "B"},
        emails=[{"value": "a@b.c", "primary": True}],
        **{ENTERPRISE: {"manager": {"value": "26"}}, BADGE: SET},
    )
    reply = scim.put(f"/Users/{user['id']}", user)
    assert (reply.status, reply.body) == (200, user)


def test_attributes_that_are_not_sent_are_unassigned(scim: Scim) -> None:
    user = a_user(scim, title="x", name={"givenName": "B", "familyName": "J"}, **{ENTERPRISE: {"department": "D"}})
    reply = put(scim, user, name={"givenName": "Q"})
    assert reply.status == 200
    assert (reply.body["name"], reply.body["schemas"]) == ({"givenName": "Q"}, [CORE])
    assert not {"title", ENTERPRISE} & reply.body.keys()


def test_read_only_attributes_are_ignored(scim: Scim) -> None:
    user = a_user(scim, **{BADGE: SET})
    told = {"id": "x", "meta": {"version": "x"}, "groups": [{"value": "x"}], "schemas": ["urn:x"]}
    badge = SET | {"issuer": "me"}
    manager = {"value": "1", "displayName": "ignored"}
    reply = put(scim, user, **told, **{BADGE: badge, ENTERPRISE: {"manager": manager}})
    assert reply.status == 200
    assert (reply.body["id"], reply.body[BADGE]) == (user["id"], SET)
    assert reply.body[ENTERPRISE] == {"manager": {"value": "1"}}
    assert "groups" not in reply.body


@pytest.mark.parametrize("name", ["", None, 5, [], {}])
def test_required_attribute_must_be_there(scim: Scim, name: Any) -> None:
    user = a_user(scim)
    reply = put(scim, user, userName=name)
    assert (reply.status, reply.body["scimType"]) == (400, "invalidValue")
    assert scim.get(f"/Users/{user['id']}").body == user


@pytest.mark.parametrize(
    ("sent", "scim_type"),
    [
        ({"title": 5}, "invalidValue"),
        ({"emails": [{"value": "a", "primary": True}, {"value": "b", "primary": True}]}, "invalidValue"),
        ({BADGE: SET | {"code": "C2"}}, "mutability"),
        ({BADGE: SET | {"seals": ["a"]}}, "mutability"),
        ({BADGE: {"code": "C1"}}, "invalidValue"),
        ({BADGE: SET | {"costs": [{"year": "1"}]}}, "invalidValue"),
    ],
)
def test_refused_put_changes_nothing(scim: Scim, sent: dict[str, Any], scim_type: str) -> None:
    user = a_user(scim, **{BADGE: SET})
    reply = put(scim, user, **sent)
    assert (reply.status, reply.body["scimType"]) == (400, scim_type)
    assert scim.get(f"/Users/{user['id']}").body == user


def test_immutable_value_passes_when_equal_and_stays_when_not_sent(scim: Scim) -> None:
    user = a_user(scim, **{BADGE: SET})
    equal = put(scim, user, **{BADGE: {"number": "8", "code": "c1", "seals": ["B", "A"]}})
    assert equal.status == 200
    unsent = put(scim, user, **{BADGE: {"number": "9"}})
    assert unsent.status == 200
    assert unsent.body[BADGE] == {"number": "9", "code": "C1", "seals": ["a", "b"]}


def test_immutable_value_can_be_set_by_put_when_there_is_none(scim: Scim) -> None:
    user = a_user(scim, **{BADGE: {"number": "7"}})
    assert put(scim, user, **{BADGE: {"number": "7", "code": "C9"}}).body[BADGE]["code"] == "C9"


@pytest.mark.parametrize("null", [None, {}])
def test_extension_that_is_null_or_not_sent_goes(scim: Scim, null: Any) -> None:
    user = a_user(scim, **{BADGE: SET})
    assert put(scim, user, **{BADGE: null}).body["schemas"] == [CORE]
    assert BADGE not in scim.get(f"/Users/{user['id']}").body


def test_put_of_the_same_moves_neither_version_nor_time(scim: Scim) -> None:
    user = a_user(scim, title="x")
    assert put(scim, user, title="x", active=True).body["meta"] == user["meta"]


@pytest.mark.parametrize(
    ("op", "path", "value", "after"),
    [
        ("add", "doors", ["FRONT", "back"], {"doors": ["front", "back"]}),
        ("add", "doors", "back", {"doors": ["front", "back"]}),
        ("remove", "doors", ["front"], {"doors": None}),
        ("remove", "doors", [{"value": "Front"}], {"doors": None}),
        ("remove", "doors", ["cellar"], {}),
        ("remove", 'doors[value eq "FRONT"]', None, {"doors": None}),
        ("replace", 'doors[value sw "f"]', "attic", {"doors": ["attic"]}),
        ("replace", 'costs[center eq "X"].center', "y", {"costs": [{"center": "y", "year": "1"}]}),
        ("remove", "costs", [{"center": "x"}], {"costs": None}),
        ("remove", 'costs[center eq "x" and year eq "1"]', None, {"costs": None}),
        ("add", "code", "C1", {}),
        ("add", "code", "C2", "mutability"),
        ("remove", "seals", ["a"], "mutability"),
        ("remove", "number", None, "mutability"),
        ("remove", 'doors[value eq "cellar"]', None, "noTarget"),
        ("replace", 'costs[center eq "x"].year', "2", "mutability"),
        ("add", "issuer", "x", "mutability"),
    ],
)
def test_patch_of_an_added_schema(scim: Scim, op: str, path: str, value: Any, after: Any) -> None:
    user = a_user(scim, **{BADGE: SET})
    sent = {"op": op, "path": f"{BADGE}:{path}"} | ({} if value is None else {"value": value})
    reply = scim.patch(f"/Users/{user['id']}", sent)
    if isinstance(after, str):
        assert (reply.status, reply.body["scimType"]) == (400, after)
        assert scim.get(f"/Users/{user['id']}").body == user
    else:
        expected = {name: part for name, part in (SET | after).items() if part is not None}
        assert (reply.status, reply.body[BADGE]) == (200, expected)
        assert (reply.body["meta"] == user["meta"]) is (after == {})
