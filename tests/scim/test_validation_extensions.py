"""Unregistered extensions, members of groups, and what a PATCH touched."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest

from optiid.scim.errors import ScimError
from optiid.scim.resource_types import GROUP, USER
from optiid.scim.validation import ValueLimits, read_resource, validate_touched
from tests.geared import GEAR, GEARED

CORE = USER.schema.urn
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
UNKNOWN = "urn:example:params:Badge"


def refused(call: Any) -> tuple[int, str | None, str]:
    with pytest.raises(ScimError) as caught:
        call()
    assert caught.value.detail.isprintable()
    return caught.value.status, caught.value.scim_type, caught.value.detail


def read_user(body: dict[str, Any], unknown_extensions: str, **more: Any) -> dict[str, Any]:
    return read_resource(USER, {"userName": "a"} | body, unknown_extensions=unknown_extensions, **more).document


def members_of(members: Any, **more: Any) -> list[str] | None:
    return read_resource(GROUP, {"displayName": "a", "members": members}, **more).members


def touch(document: dict[str, Any], *touched: tuple[str | None, str], **more: Any) -> dict[str, Any]:
    return validate_touched(USER, document, set(touched), **more)


def test_unknown_extension_is_kept_as_it_came_but_for_what_is_nothing() -> None:
    badge = {"Colour": "blue", "levels": [1, None, {"deep": []}], "none": None, "empty": {}, "no": False, "zero": 0}
    assert read_user({UNKNOWN: badge}, "keep")[UNKNOWN] == {
        "Colour": "blue",
        "levels": [1, None, {}],
        "no": False,
        "zero": 0,
    }


@pytest.mark.parametrize("value", [None, {}, {"x": None}, "text", 5, ["x"], True])
def test_unknown_extension_that_is_no_object_or_empty_is_dropped(value: Any) -> None:
    assert read_user({UNKNOWN: value}, "keep") == {"userName": "a"}


def test_core_urn_is_no_extension() -> None:
    assert read_user({CORE: {"title": "x"}}, "keep") == {"userName": "a"}


def test_unknown_extension_is_ignored() -> None:
    assert read_user({UNKNOWN: {"colour": 1}, "URN:X": 2}, "ignore") == {"userName": "a"}


@pytest.mark.parametrize("name", [UNKNOWN, UNKNOWN.upper(), "urn:"])
def test_unknown_extension_is_refused_by_name(name: str) -> None:
    assert refused(lambda: read_user({name: {"colour": 1}}, "refuse")) == (
        400,
        "invalidSyntax",
        f"No schema {name!r} is known here: remove it from the attribute mapping",
    )


def test_refusal_of_a_hostile_name_is_one_short_line() -> None:
    name = "urn:\n\u202e" + "x" * 5000
    assert len(refused(lambda: read_user({name: {}}, "refuse"))[2]) < 250
    assert len(refused(lambda: read_user({name: {"a": "x" * 5000}}, "keep"))[2]) < 250


@pytest.mark.parametrize("policy", ["keep", "ignore", "refuse"])
def test_registered_extension_is_read_under_any_policy(policy: str) -> None:
    assert read_user({ENTERPRISE.upper(): {"Division": "x"}}, policy)[ENTERPRISE] == {"division": "x"}


def test_limits_hold_inside_a_kept_extension() -> None:
    limits = ValueLimits(values=2, string_length=3)
    for badge in ({"a": ["long"]}, {"a": {"b": [1, 2, 3]}}, {"a": 1, "b": 2, "c": 3}):
        status, scim_type, detail = refused(lambda: read_user({UNKNOWN: badge}, "keep", limits=limits))  # noqa: B023
        assert (status, scim_type) == (400, "invalidValue")
        assert detail.startswith(f"{UNKNOWN!r}: has ")


def test_members_are_read_in_order_without_duplicates() -> None:
    sent = [{"value": "2"}, {"VALUE": "1", "$ref": 5, "display": None}, {"value": "2", "type": "User"}]
    assert members_of(sent) == ["2", "1"]


def test_members_never_stand_in_the_document() -> None:
    body = {"displayName": "a", "Members": [{"value": "1"}]}
    found = read_resource(GROUP, body, unknown_extensions="ignore")
    assert (found.document, found.members) == ({"displayName": "a"}, ["1"])


def test_members_not_sent_differ_from_no_members() -> None:
    assert read_resource(GROUP, {"displayName": "a"}).members is None
    assert members_of(None) is None
    assert members_of([]) == []


def test_user_has_no_members() -> None:
    assert read_resource(USER, {"userName": "a", "members": [{"value": "1"}]}).members is None


@pytest.mark.parametrize(
    "entry", ["1", 1, None, [], {}, {"value": None}, {"value": ""}, {"value": 5}, {"display": "x"}]
)
def test_member_without_an_id_is_refused_by_position(entry: Any) -> None:
    status, scim_type, detail = refused(lambda: members_of([{"value": "1"}, entry]))
    assert (status, scim_type) == (400, "invalidValue")
    assert "members[1]" in detail


@pytest.mark.parametrize("members", [{"value": "1"}, "1", 5, True])
def test_members_must_be_a_list(members: Any) -> None:
    assert refused(lambda: members_of(members))[2].startswith("members: must be a list, not ")


def test_too_many_members_are_refused() -> None:
    limits = ValueLimits(members=2)
    sent = [{"value": str(number)} for number in range(3)]
    assert refused(lambda: members_of(sent, limits=limits))[0] == 413
    assert members_of(sent[:2], limits=limits) == ["0", "1"]


def test_members_may_be_more_than_the_values_of_other_attributes() -> None:
    assert len(members_of([{"value": str(number)} for number in range(1500)]) or []) == 1500


def test_touched_attributes_are_checked_and_named_canonically() -> None:
    document = {"userName": "a", "emails": [{"VALUE": "x", "unknown": 1}, {}], "title": "t"}
    found = touch(document, (None, "emails"))
    assert found is document
    assert found == {"userName": "a", "emails": [{"value": "x"}], "title": "t"}
    assert list(found) == ["userName", "emails", "title"]


def test_attributes_that_were_not_touched_are_left_alone() -> None:
    document = {"userName": " old name", "title": 5, "locale": "de"}
    assert touch(dict(document), (None, "locale")) == document


@pytest.mark.parametrize(
    ("document", "touched", "detail"),
    [
        ({"title": 5}, (None, "title"), "title: must be text, not a number"),
        ({"externalId": 5}, (None, "externalId"), "externalId: must be text, not a number"),
        ({"active": "x"}, (None, "active"), "active: must be true or false, not the text 'x'"),
        ({"userName": " a"}, (None, "userName"), "userName: begins or ends with a blank: remove it"),
        ({"userName": ""}, (None, "userName"), "userName: must not be empty"),
        ({"name": {"givenName": []}}, (None, "name"), None),
        ({ENTERPRISE: {"division": 5}}, (ENTERPRISE, "division"), f"{ENTERPRISE}:division: must be text, not a number"),
        (
            {"emails": [{"value": "x", "primary": True}, {"value": "y", "primary": True}]},
            (None, "emails"),
            "emails: has more than one primary value: mark only one",
        ),
    ],
)
def test_faulty_touched_attribute_is_refused(document: dict[str, Any], touched: Any, detail: str | None) -> None:
    document = {"userName": "a"} | document
    if detail is None:
        assert touch(document, touched) == {"userName": "a"}
    else:
        assert refused(lambda: touch(document, touched)) == (400, "invalidValue", detail)


def test_all_faults_of_touched_attributes_are_told_in_a_fixed_order() -> None:
    document = {"userName": "a", "title": 1, "locale": 2, ENTERPRISE: {"division": 3}}
    touched = [(None, "title"), (ENTERPRISE, "division"), (None, "locale")]
    details = {refused(lambda: touch(deepcopy(document), *order))[2] for order in (touched, touched[::-1])}  # noqa: B023
    assert len(details) == 1
    assert details.pop().count("must be text") == 3


@pytest.mark.parametrize("document", [{}, {"userName": None}])
def test_required_attribute_cannot_be_taken_away(document: dict[str, Any]) -> None:
    assert refused(lambda: touch(document, (None, "userName"))) == (
        400,
        "mutability",
        "userName is required and cannot be removed",
    )


def test_attribute_that_was_taken_away_is_no_fault() -> None:
    touched = [(None, "title"), (None, "externalId"), (ENTERPRISE, "division")]
    assert touch({"userName": "a"}, *touched) == {"userName": "a"}


def test_extension_left_empty_is_dropped() -> None:
    document = {"userName": "a", ENTERPRISE: {"manager": {"displayName": "x"}}}
    assert touch(document, (ENTERPRISE, "manager")) == {"userName": "a"}


def test_kept_extension_obeys_the_limits_after_a_patch() -> None:
    limits = ValueLimits(string_length=3)
    kept = {"userName": "a", UNKNOWN: {"a": "xyz", "b": None}}
    assert touch(kept, limits=limits) == {"userName": "a", UNKNOWN: {"a": "xyz"}}
    assert touch({"userName": "a", UNKNOWN: {"b": None}}) == {"userName": "a"}
    assert refused(lambda: touch({UNKNOWN: {"a": "long"}}, limits=limits))[1] == "invalidValue"


def test_extension_that_a_patch_begins_needs_what_it_requires() -> None:
    part = {GEAR: {"oneInteger": 1}}
    told = refused(lambda: validate_touched(GEARED, {"userName": "a"} | part, {(GEAR, "oneInteger")}))
    assert told == (400, "invalidValue", f"{GEAR}:name: is required: send it too")
    whole = {"userName": "a", GEAR: {"oneInteger": 1, "name": "x"}}
    assert validate_touched(GEARED, deepcopy(whole), {(GEAR, "oneInteger")}) == whole
    lacking = {"userName": "a", GEAR: {"oneInteger": 1}, "title": "x"}
    assert validate_touched(GEARED, deepcopy(lacking), {(None, "title")}) == lacking
