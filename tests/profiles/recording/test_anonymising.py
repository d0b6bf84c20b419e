from __future__ import annotations

import json
from typing import Any

import pytest

from optiid.profiles.recording.anonymising import SECRET, Anonymiser, place_of
from optiid.profiles.recording.stand_ins import StandIns

ID = "01a20000-aaaa-7bbb-8ccc-ddddeeeeffff"
CORE = "urn:ietf:params:scim:schemas:core:2.0:User"


@pytest.fixture
def anonymous() -> Anonymiser:
    return Anonymiser(StandIns({ID: "{user_id}"}))


@pytest.mark.parametrize(
    ("sent", "written"),
    [
        ('userName eq "ann"', 'userName eq "name1"'),
        ('userName EQ "ANN@corp.test"  and  active Eq TRUE', 'userName EQ "Person1@example.com"  and  active Eq TRUE'),
        ('emails[type eq "work" and value eq "a@b"]', 'emails[type eq "work" and value eq "person1@example.com"]'),
        (f'not ({CORE}:title pr) or id eq "{ID}"', f'not ({CORE}:title pr) or id eq "{{user_id}}"'),
        ("userName eq ann", "userName eq name1"),
        ("employeeNumber eq 4711", "employeeNumber eq 5001"),
        ('userName eq "ann', 'userName eq "name1'),
        ("userName eq 'ann'", "userName eq 'name1'"),
        ('userName eq "an\\"n\\q"', 'userName eq "name1"'),
        ("ann", "name1"),
        ('type eq "annoyed"', 'type eq "name1"'),
        (f'schemas eq "{CORE}"', f'schemas eq "{CORE}"'),
    ],
)
def test_filter(anonymous: Anonymiser, sent: str, written: str) -> None:
    assert anonymous.expression(sent) == written


@pytest.mark.parametrize(
    ("sent", "written"),
    [
        ("name.givenName", "name.givenName"),
        (f'members[value eq "{ID}"]', 'members[value eq "{user_id}"]'),
        ('addresses[type eq "work"].locality', 'addresses[type eq "work"].locality'),
        (f"{CORE}:emails[primary eq true].value", f"{CORE}:emails[primary eq true].value"),
        ("ann quirk", "name1 name2"),
    ],
)
def test_path_of_an_operation(anonymous: Anonymiser, sent: str, written: str) -> None:
    assert anonymous.expression(sent, path=True) == written


def test_operations_keep_their_spelling(anonymous: Anonymiser) -> None:
    sent = {
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [
            {"op": "Replace", "path": "active", "value": "False"},
            {"OP": "add", "Path": 'emails[type eq "work"].type', "Value": "home"},
            {
                "op": "replace",
                "value": {"name.givenName": "Ann", 'phoneNumbers[type eq "fax"].value': "+12", "x": None},
            },
            {"op": "remove", "path": "password", "value": "***"},
        ],
    }
    written = anonymous.body("PATCH", sent)
    assert list(written) == ["schemas", "Operations"]
    assert written["schemas"] == sent["schemas"]
    assert written["Operations"] == [
        {"op": "Replace", "path": "active", "value": "False"},
        {"OP": "add", "Path": 'emails[type eq "work"].type', "Value": "home"},
        {"op": "replace", "value": {"name.givenName": "Name1", 'phoneNumbers[type eq "fax"].value': "+51", "x": None}},
        {"op": "remove", "path": "password", "value": SECRET},
    ]


def test_resource_keeps_its_shape(anonymous: Anonymiser) -> None:
    sent: dict[str, Any] = {
        "preferredLanguage": "de-DE",
        "emails": [{"type": "Work", "value": "a@b", "primary": True}, {"type": "lair", "value": ""}],
        "x509Certificates": [{"value": "QUJD"}],
        "roles": [json.dumps({"value": "boss"}, separators=(",", ":"))],
        "manager": ID,
        "count": 12,
        "badge": 4711,
        "ann quirk": {"f2a9c1d7-b3e4-4a9c-9d7b-3e4f2a9c1d7b": True},
    }
    written = anonymous.body("POST", sent)
    assert written["preferredLanguage"] == "de-DE"
    assert written["emails"][0] == {"type": "Work", "value": "person1@example.com", "primary": True}
    assert written["emails"][1] == {"type": "name1", "value": ""}
    assert written["x509Certificates"][0]["value"].startswith("c3RhbmQtaW4")
    assert (written["roles"], written["manager"], written["count"]) == (['{"value":"name2"}'], "{user_id}", 12)
    assert (list(written)[-1], written["badge"]) == ("name 3", 5001)
    assert "f2a9c1d7" not in json.dumps(written)


def test_search_by_post_keeps_what_it_asks_for(anonymous: Anonymiser) -> None:
    sent = {"filter": 'title eq "Boss"', "attributes": ["userName", "ann q"], "sortBy": "name.familyName", "count": 5}
    assert anonymous.body("POST", sent, search=True) == {
        "filter": 'title eq "Name1"', "attributes": ["userName", "name 2"], "sortBy": "name.familyName", "count": 5
    }  # fmt: skip


@pytest.mark.parametrize(
    ("sent", "written"),
    [
        ("filter=userName+eq+%22ann%22", "filter=userName+eq+%22name1%22"),
        ('filter=id%20eq%20"' + ID + '"&count=10', 'filter=id%20eq%20"{user_id}"&count=10'),
        ("aFlag", "aFlag"),
        ("attributes=userName,name.givenName&startIndex=1", "attributes=userName,name.givenName&startIndex=1"),
        ("who=ann%26bob&sortOrder=descending", "who=name1&sortOrder=descending"),
        ("", ""),
    ],
)
def test_query_keeps_its_encoding(anonymous: Anonymiser, sent: str, written: str) -> None:
    assert anonymous.query(sent) == written


def test_path_keeps_endpoints(anonymous: Anonymiser) -> None:
    assert anonymous.path(f"/Users/{ID}") == "/Users/{user_id}"
    assert anonymous.path("/users/.search") == "/users/.search"
    assert anonymous.path(f"/Schemas/{CORE}") == f"/Schemas/{CORE}"
    assert anonymous.path("/ResourceTypes/User") == "/ResourceTypes/User"
    assert anonymous.path("/Users/ann quirk/x") == "/Users/name%201/name2"


def test_place_of_a_path() -> None:
    assert place_of(f'{CORE}:emails[type eq "a:b"].Value') == "emails.value"
    assert place_of("active") == "active"
