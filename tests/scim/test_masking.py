from __future__ import annotations

import json

import pytest

from optiid.scim.masking import (
    MASK,
    UNREADABLE,
    masked,
    masked_body,
    masked_query,
    masked_text,
    masked_value_text,
    names_others,
    without_displays,
    without_values,
)

SECRET = "Tr0ub4dor&3"


@pytest.mark.parametrize(
    "value",
    [
        {"password": SECRET},
        {"PassWord": [SECRET]},
        {"urn:ietf:params:scim:schemas:core:2.0:User:password": SECRET},
        {"Operations": [{"op": "replace", "path": "password", "value": SECRET}]},
        {"Operations": [{"op": "replace", "Path": "urn:x:User:password", "Value": {"a": SECRET}}]},
        {"Operations": [{"op": "Add", "value": {"password": SECRET}}]},
        {"filter": f'password eq "{SECRET}"'},
        {"filter": f'(userName eq "a") and urn:x:password sw "{SECRET}'},
        {f'emails[password eq "{SECRET}"].value': "x"},
        {"value": json.dumps({"password": SECRET})},
    ],
)
def test_passwords_are_masked_wherever_they_stand(value: object) -> None:
    shown = json.dumps(masked(value))
    assert SECRET not in shown
    assert MASK in shown


def test_the_rest_stays_as_it_is() -> None:
    value = {"schemas": ["urn:x"], "active": "False", "n": [1, 1.5, None, True], "text": "my password is long"}
    assert masked(value) == value
    assert list(masked({"b": 1, "a": 2})) == ["b", "a"]


def test_body_that_cannot_be_read_is_not_kept() -> None:
    assert masked_body(b"") is None
    for raw in (b'{"password": "secret', b"\xff", b"[" * 100_000):
        assert masked_body(raw) == UNREADABLE
    assert masked_body('{"a": "é"}'.encode()) == '{"a": "é"}'
    assert masked_body(b'{"a": "\\ud800\\u0000"}') == '{"a": "\\ud800\\u0000"}'


def test_query_keeps_its_spelling_but_for_passwords() -> None:
    assert masked_query("filter=userName+eq+%22a%22&count=1") == "filter=userName+eq+%22a%22&count=1"
    assert masked_query(f"count=1&filter=p%61ssword%20eq%20%22{SECRET}%22&x=1") == f"count=1&filter={MASK}"
    assert masked_query("aFlag&attributes=userName") == "aFlag&attributes=userName"


def test_text_that_only_seems_to_be_json_is_masked() -> None:
    assert masked_text('{"password": ' + SECRET) == MASK


def test_value_is_text_in_which_passwords_are_masked() -> None:
    assert masked_value_text({"a": "é", "b": [1, None]}) == '{"a":"é","b":[1,null]}'
    assert json.loads(masked_value_text({"userName": "a", "password": SECRET})) == {"userName": "a", "password": MASK}


def test_names_are_left_without_values() -> None:
    value = {"userName": "a", "active": True, "emails": [{"value": "b", "n": 1, "none": None}]}
    assert without_values(value) == {
        "userName": MASK,
        "active": True,
        "emails": [{"value": MASK, "n": MASK, "none": None}],
    }


def test_names_that_go_along_with_ids_are_masked() -> None:
    value = {
        "displayName": "Ada",
        "members": [{"value": "7", "display": "Bob"}],
        "manager": {"value": "8", "displayName": "C"},
    }
    assert without_displays(value) == {
        "displayName": "Ada",
        "members": [{"value": "7", "display": MASK}],
        "manager": {"value": "8", "displayName": MASK},
    }


@pytest.mark.parametrize(
    "value",
    [
        {"members": [{"value": "7", "display": "Babs"}]},
        {"displayName": "Own", "manager": {"value": "7", "displayName": "Babs"}},
        {"DisplayName": "Own"},
        {"value": "7", "displayName": "Babs"},
        [{"op": "add", "value": {"value": "7", "DISPLAY": "Babs"}}],
    ],
)
def test_names_of_others_are_suspected_wherever_they_may_stand(value: object) -> None:
    assert names_others(value, json.dumps(value))


def test_own_name_is_nobody_elses() -> None:
    for value in ({"displayName": "Own", "title": "Boss"}, {"path": "displayName", "value": "x"}, {}):
        assert not names_others(value, json.dumps(value))
        assert without_displays(value) == value
