"""One name in many forms is one name (rule R11): it collides at every door, and is found in each form."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from optiid.scim.identifiers import fault_of_identifier
from optiid.scim.search_form import name_key
from tests.running import GROUP, USER

FORMS = [
    ("\ufb01nance@example.com", "FInance@example.com"),
    ("stra\u00dfe@example.com", "STRA\u1e9eE@example.com"),
    ("stra\u00dfe2@example.com", "STRASSE2@example.com"),
    ("\u0130lker@example.com", "i\u0307lker@example.com"),
    ("\u212aelvin@example.com", "kelvin@example.com"),
    ("\uff21\uff44\uff41@example.com", "ada@example.com"),
    ("\u00e9mile@example.com", "E\u0301MILE@example.com"),
    (
        "\u03a3\u03af\u03c3\u03c5\u03c6\u03bf\u03c2@example.com",
        "\u03c3\u03af\u03c3\u03c5\u03c6\u03bf\u03c3@example.com",
    ),
    ("bob\uff20example.com", "bob@example.com"),
]


@pytest.fixture(scope="module")
def scim(service: Any) -> Any:
    return service.scim()


@pytest.mark.parametrize(("one", "other"), FORMS)
def test_name_in_another_form_is_taken_at_every_door(scim: Any, one: str, other: str) -> None:
    owner, second = scim.a_user(one), scim.a_user()
    replies = [
        scim.post("/Users", {"schemas": [USER], "userName": other}),
        scim.put(f"/Users/{second['id']}", {"schemas": [USER], "userName": other}),
        scim.patch(f"/Users/{second['id']}", {"op": "replace", "path": "userName", "value": other}),
        scim.patch(f"/Users/{second['id']}", {"op": "replace", "value": {"userName": other}}),
    ]
    assert [(reply.status, reply.body["scimType"]) for reply in replies] == [(409, "uniqueness")] * 4
    for form in (one, other, other.upper()):
        for operator in ("eq", "co", "sw", "ew", "ge", "le"):
            reply = scim.find("/Users", f'userName {operator} "{form}"')
            assert owner["id"] in [found["id"] for found in reply.body["Resources"]], (operator, form)
    assert scim.get(f"/Users/{owner['id']}").body["userName"] == one


def test_owner_may_write_its_name_in_another_form(scim: Any) -> None:
    user = scim.a_user("\u00c9va@example.com")
    reply = scim.patch(f"/Users/{user['id']}", {"op": "replace", "path": "userName", "value": "e\u0301va@example.com"})
    assert (reply.status, reply.body["userName"]) == (200, "e\u0301va@example.com")


def test_name_of_a_group_is_taken_in_another_form(scim: Any) -> None:
    scim.a_group("\u260e\ufe0f Support")
    reply = scim.post("/Groups", {"schemas": [GROUP], "displayName": "\u260e SUPPORT"})
    assert (reply.status, reply.body["scimType"]) == (409, "uniqueness")
    assert scim.find("/Groups", 'displayName eq "\u260e support"').body["totalResults"] == 1


@pytest.mark.parametrize(
    "name",
    ["a\u202eb@x", "a\u200eb@x", "a\u2067b@x", "a\u200bb@x", "a\u200db@x", "a\ufeffb@x", "a\x07b@x", "a\x7fb@x",
     "a\ue000b@x", "a\u0378b@x", "a\ufffeb@x", "a\ufe0fb@x", "a\u05d0b@x", "\u0661a@x", " a@x", "a@x\u00a0", "\u3000"],
)  # fmt: skip
def test_name_that_hides_something_is_refused_at_every_door(scim: Any, name: str) -> None:
    user = scim.a_user()
    for reply in (
        scim.post("/Users", {"schemas": [USER], "userName": name}),
        scim.put(f"/Users/{user['id']}", {"schemas": [USER], "userName": name}),
        scim.patch(f"/Users/{user['id']}", {"op": "replace", "path": "userName", "value": name}),
    ):
        assert (reply.status, reply.body["scimType"]) == (400, "invalidValue"), reply.body
        assert "userName" in reply.body["detail"]


@pytest.mark.parametrize("name", ["\u05d4VPN", "\U0001f469\u200d\U0001f4bb Developers", "R&D (Z\u00fcrich) \u2013 #1"])
def test_group_may_have_the_names_that_groups_have(scim: Any, name: str) -> None:
    assert scim.a_group(name)["displayName"] == name


def test_external_id_is_compared_to_the_letter(scim: Any) -> None:
    forms = ["AbC", "abc", "\u00e9", "e\u0301", "\ufb01", "fi", "\u212a", "K"]
    for form in forms:
        scim.a_user(externalId=form)
    for form in forms:
        found = scim.find("/Users", f'externalId eq "{form}"').body["Resources"]
        assert [user["externalId"] for user in found] == [form]
        assert scim.find("/Users", f'externalId co "{form}"').body["totalResults"] == 1


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.text(max_size=12))
def test_key_of_a_lawful_name_is_its_own_key(name: str) -> None:
    if fault_of_identifier(name) is None:
        key = name_key(name)
        assert key
        assert name_key(key) == key
