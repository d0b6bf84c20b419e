"""Reading a whole resource: canonical names, what is passed over, and every refusal with its path."""

from __future__ import annotations

from typing import Any

import pytest

from optiid.scim.errors import ScimError
from optiid.scim.resource_types import GROUP, USER, ResourceType
from optiid.scim.validation import ResourceInput, ValueLimits, read_resource

CORE = USER.schema.urn
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
NAME_PARTS = "formatted, familyName, givenName, middleName, honorificPrefix, honorificSuffix"


def read(body: dict[str, Any], resource_type: ResourceType = USER, **more: Any) -> ResourceInput:
    name = resource_type.name_attribute
    return read_resource(resource_type, {name: "a"} | body, **more)


def document_of(body: dict[str, Any], **more: Any) -> dict[str, Any]:
    document = read(body, **more).document
    assert document.pop("userName") == "a"
    return document


def refusal(body: dict[str, Any], resource_type: ResourceType = USER, **more: Any) -> tuple[int, str | None, str]:
    with pytest.raises(ScimError) as caught:
        read_resource(resource_type, body, **more)
    assert caught.value.detail.isprintable()
    return caught.value.status, caught.value.scim_type, caught.value.detail


def fault(body: dict[str, Any], **more: Any) -> str:
    status, scim_type, detail = refusal({"userName": "a"} | body, **more)
    assert (status, scim_type) == (400, "invalidValue")
    return detail


def test_whole_user_is_kept_as_sent() -> None:
    body = {
        "userName": "Bjensen@Example.com",
        "externalId": "701984",
        "name": {"familyName": "Jensen", "givenName": "Barbara"},
        "active": False,
        "emails": [{"value": "b@example.com", "type": "work", "primary": True}, {"value": "b@home.example"}],
        "photos": [{"value": "https://photos.example.com/1", "type": "photo"}],
        "x509Certificates": [{"value": "MIIDQzCCAqyg"}],
        ENTERPRISE: {"department": "Sales", "manager": {"value": "26118915"}},
    }
    assert read_resource(USER, body) == ResourceInput(body, None)


def test_names_in_any_case_become_canonical() -> None:
    body = {
        "USERNAME": "a",
        "ExternalID": "1",
        "NAME": {"FAMILYNAME": "J"},
        "eMails": [{"VALUE": "x", "TYPE": "work"}],
        ENTERPRISE.upper(): {"DEPARTMENT": "Sales", "Manager": {"$REF": "../Users/1"}},
    }
    assert read_resource(USER, body).document == {
        "userName": "a",
        "externalId": "1",
        "name": {"familyName": "J"},
        "emails": [{"value": "x", "type": "work"}],
        ENTERPRISE: {"department": "Sales", "manager": {"$ref": "../Users/1"}},
    }


def test_body_is_not_changed() -> None:
    body = {"displayName": "a", "members": [{"value": "1"}], "unknown": 1}
    read_resource(GROUP, body)
    assert body == {"displayName": "a", "members": [{"value": "1"}], "unknown": 1}


@pytest.mark.parametrize(
    "body",
    [
        {"id": "chosen", "meta": {"version": "x"}},
        {"ID": 5, "Meta": "nonsense"},
        {"groups": [{"value": "admins"}]},
        {"groups": "nonsense"},
        {"members": [{"value": "1"}]},
        {"favouriteColour": "blue", "department": 5},
        {"schemas": [CORE]},
        {"schemas": ["urn:unknown"]},
        {"schemas": None},
        {ENTERPRISE: {"manager": {"displayName": "The boss"}}},
        {"emails": [{"colour": "blue"}]},
    ],
)
def test_what_no_client_may_set_is_passed_over(body: dict[str, Any]) -> None:
    assert document_of(body) == {}


@pytest.mark.parametrize("nothing", [None, [], {}])
@pytest.mark.parametrize("name", ["externalId", "title", "active", "name", "emails", "password"])
def test_nothing_counts_as_not_given(name: str, nothing: Any) -> None:
    assert document_of({name: nothing}) == {}


@pytest.mark.parametrize(
    "body",
    [
        {"name": {"familyName": None}},
        {"emails": [{}, {"value": None}]},
        {ENTERPRISE: None},
        {ENTERPRISE: {}},
        {ENTERPRISE: {"department": None, "manager": {}}},
    ],
)
def test_what_is_empty_within_is_dropped(body: dict[str, Any]) -> None:
    assert document_of(body) == {}


def test_active_that_is_not_sent_stays_open() -> None:
    assert "active" not in read({}).document


def test_unusual_type_of_an_address_is_accepted() -> None:
    sent = {"emails": [{"value": "x", "type": "holiday"}]}
    assert document_of(sent) == sent


@pytest.mark.parametrize("body", [{}, {"userName": None}, {"userName": []}, {"displayName": "A"}])
def test_missing_name_is_refused(body: dict[str, Any]) -> None:
    assert refusal(body) == (400, "invalidValue", "userName: is required: map it to a value")


def test_missing_name_of_a_group_is_refused() -> None:
    assert refusal({}, GROUP) == (400, "invalidValue", "displayName: is required: map it to a value")


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        ({"userName": 5}, "userName: must be text, not a number"),
        ({"userName": ["a"]}, "userName: must be text, not a list"),
        ({"title": True}, "title: must be text, not a boolean"),
        ({"externalId": 5}, "externalId: must be text, not a number"),
        ({"active": "False"}, "active: must be true or false, not the text 'False'"),
        ({"active": 0}, "active: must be true or false, not a number"),
        ({"name": "Jensen"}, f"name: must be an object with {NAME_PARTS}, not text"),
        ({"name": {"familyName": 1}}, "name.familyName: must be text, not a number"),
        ({"emails": {"value": "x"}}, "emails: must be a list, not an object"),
        ({"emails": "x"}, "emails: must be a list, not text"),
        ({"emails": ["x"]}, "emails[0]: must be an object with value, display, type, primary, not text"),
        ({"emails": [None]}, "emails[0]: must be an object with value, display, type, primary, not null"),
        ({"emails": [{"value": "x"}, {"Value": 3}]}, "emails[1].value: must be text, not a number"),
        ({"emails": [{"primary": "true"}]}, "emails[0].primary: must be true or false, not the text 'true'"),
        ({"x509Certificates": [{"value": "no base64!"}]},
         "x509Certificates[0].value: must be base64, without blanks and line breaks"),
        ({ENTERPRISE: []}, f"{ENTERPRISE}: must be an object, not a list"),
        ({ENTERPRISE: "x"}, f"{ENTERPRISE}: must be an object, not text"),
        ({ENTERPRISE: {"department": 1}}, f"{ENTERPRISE}:department: must be text, not a number"),
        ({ENTERPRISE.lower(): {"manager": {"VALUE": 1}}}, f"{ENTERPRISE}:manager.value: must be text, not a number"),
        ({ENTERPRISE: {"manager": "1"}}, f"{ENTERPRISE}:manager: must be an object with value, $ref, not text"),
    ],
)  # fmt: skip
def test_wrong_type_is_refused_with_its_path(body: dict[str, Any], detail: str) -> None:
    assert fault(body) == detail


@pytest.mark.parametrize("name", ["emails", "phoneNumbers", "ims", "photos", "addresses", "roles", "entitlements"])
def test_two_primary_values_are_refused(name: str) -> None:
    part = "formatted" if name == "addresses" else "value"
    values = [{part: "x", "primary": True}, {part: "y", "primary": True}]
    assert fault({name: values}) == f"{name}: has more than one primary value: mark only one"
    values[1]["primary"] = False
    assert document_of({name: values}) == {name: values}


def test_first_three_faults_are_told_and_the_rest_counted() -> None:
    body = {"title": 1, "name": {"givenName": 2}, "active": 3, "locale": 4, ENTERPRISE: {"division": 5}}
    assert fault(body) == (
        "title: must be text, not a number; name.givenName: must be text, not a number;"
        " active: must be true or false, not a number (and 2 more)"
    )


def test_password_is_checked_and_forgotten() -> None:
    assert document_of({"password": "correct horse"}) == {}
    assert fault({"password": 12345}) == "password: must be text, not a number"
    secret = "correct horse " * 400
    assert "horse" not in fault({"password": secret, "title": 5})


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("", "must not be empty"),
        ("   ", "must not be empty"),
        (" a", "begins or ends with a blank: remove it"),
        ("a ", "begins or ends with a blank: remove it"),
        ("a\u3000", "begins or ends with a blank or a mark that stands on one: remove it"),
        ("\u00b4a", "begins or ends with a blank or a mark that stands on one: remove it"),
        ("ad\u200bmin", "has the hidden character U+200B: remove it"),
        ("ad\u202emin", "has the hidden character U+202E: remove it"),
        ("admin\n", "has the hidden character U+000A: remove it"),
        ("a" * 257, "has 257 characters; at most 256 are taken: shorten it"),
    ],
)
def test_hostile_user_name_is_refused(name: str, problem: str) -> None:
    assert refusal({"userName": name}) == (400, "invalidValue", f"userName: {problem}")


def test_hostile_group_name_is_refused() -> None:
    assert refusal({"displayName": "Every\u00adone"}, GROUP)[2].startswith("displayName: has the hidden character")


@pytest.mark.parametrize("name", ["Ｂｏｂ", "ﬁnn", "İstanbul", "a b", "a" * 256])
def test_user_name_is_kept_as_sent(name: str) -> None:
    assert read_resource(USER, {"userName": name}).document == {"userName": name}


def test_values_are_limited_where_an_attribute_is_known() -> None:
    emails = [{"value": str(number)} for number in range(1001)]
    assert fault({"emails": emails}) == "emails: has 1001 values; at most 1000 are taken: send fewer"
    assert fault({"emails": emails[:3]}, limits=ValueLimits(values=2)).startswith("emails: has 3 values")
    assert len(document_of({"emails": emails[:1000], "unknown": emails})["emails"]) == 1000


def test_texts_are_limited() -> None:
    assert fault({"title": "x" * 4097}) == "title: has 4097 characters; at most 4096 are taken: shorten it"
    assert fault({"title": "xyz"}, limits=ValueLimits(string_length=2)).startswith("title: has 3 characters")
    assert document_of({"title": "x" * 4096}) == {"title": "x" * 4096}
