"""Edits of a document, as RFC 7644, section 3.5.2 has them."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from optiid.scim.errors import ScimError
from optiid.scim.patch.engine import Touched, apply_edits
from optiid.scim.patch.operations import MISSING, PatchOperation
from optiid.scim.patch.planner import plan_patch
from optiid.scim.resource_types import USER
from tests.running import ENTERPRISE

WORK = {"value": "babs@work.example", "type": "work", "primary": True}
HOME = {"value": "babs@home.example", "type": "home"}
BABS: dict[str, Any] = {
    "userName": "babs",
    "title": "Boss",
    "name": {"givenName": "Barbara", "familyName": "Jensen"},
    "emails": [WORK, HOME],
    ENTERPRISE: {"department": "Sales", "manager": {"value": "26", "$ref": "../Users/26"}},
    "urn:example:1.0:other": {"colour": "red", "size": {"height": 1, "width": 2}},
}
OTHER = "urn:example:1.0:other"


def edited(*operations: tuple[Any, ...], document: dict[str, Any] = BABS) -> tuple[dict[str, Any], Touched]:
    before = copy.deepcopy(document)
    plan = plan_patch([PatchOperation(*operation) for operation in operations], USER, "keep")
    result = apply_edits(document, plan.edits, USER)
    assert document == before
    return result


def patched(op: str, path: str | None, value: Any = MISSING, **more: Any) -> dict[str, Any]:
    return edited((op, path, value), **more)[0]


def refusal(*operations: tuple[Any, ...], **more: Any) -> str | None:
    with pytest.raises(ScimError) as caught:
        edited(*operations, **more)
    assert caught.value.status == 400
    return caught.value.scim_type


@pytest.mark.parametrize("op", ["add", "replace"])
@pytest.mark.parametrize("document", [BABS, {"userName": "babs"}])
class TestAddAndReplaceAlike:
    """Where an attribute holds one value, or none yet, add and replace do the same."""

    def test_simple_attribute_is_set(self, op: str, document: dict[str, Any]) -> None:
        assert patched(op, "title", "Chief", document=document) == document | {"title": "Chief"}

    def test_sub_attribute_is_set(self, op: str, document: dict[str, Any]) -> None:
        name = document.get("name", {}) | {"givenName": "Babs"}
        assert patched(op, "name.givenName", "Babs", document=document) == document | {"name": name}

    def test_unnamed_sub_attributes_of_a_complex_one_stay(self, op: str, document: dict[str, Any]) -> None:
        name = document.get("name", {}) | {"givenName": "Babs"}
        assert patched(op, "name", {"GivenName": "Babs"}, document=document)["name"] == name

    def test_attribute_of_an_extension_is_set(self, op: str, document: dict[str, Any]) -> None:
        extension = document.get(ENTERPRISE, {}) | {"division": "North"}
        after = document | {ENTERPRISE: extension}
        assert patched(op, f"{ENTERPRISE}:division", "North", document=document) == after
        assert patched(op, ENTERPRISE, {"division": "North"}, document=document) == after
        assert patched(op, None, {ENTERPRISE: {"division": "North"}}, document=document) == after

    def test_sub_attribute_of_an_extension_is_set(self, op: str, document: dict[str, Any]) -> None:
        found = patched(op, f"{ENTERPRISE}:manager.value", "27", document=document)
        assert found[ENTERPRISE]["manager"]["value"] == "27"

    def test_attributes_of_the_resource_are_set_without_a_path(self, op: str, document: dict[str, Any]) -> None:
        after = patched(op, None, {"title": "Chief", "nickName": "B"}, document=document)
        assert after == document | {"title": "Chief", "nickName": "B"}

    def test_part_of_values_that_do_not_exist_has_no_target(self, op: str, document: dict[str, Any]) -> None:
        assert refusal((op, "phoneNumbers.value", "1"), document=document) == "noTarget"
        assert refusal((op, 'emails[type eq "other"].value', "x"), document=document) == "noTarget"
        assert refusal((op, 'emails[type eq "other"]', {"value": "x"}), document=document) == "noTarget"

    def test_filter_without_a_match_creates_the_value_where_a_profile_wants_it(
        self, op: str, document: dict[str, Any]
    ) -> None:
        after, _ = edited((op, 'emails[type eq "other"].value', "x", True), document=document)
        assert after["emails"] == [*document.get("emails", []), {"type": "other", "value": "x"}]
        whole, _ = edited((op, 'emails[type eq "other"]', {"value": "x"}, True), document=document)
        assert whole == after

    def test_complex_attribute_takes_objects_only(self, op: str, document: dict[str, Any]) -> None:
        assert refusal((op, "name", "Babs"), document=document) == "invalidValue"
        assert refusal((op, "emails", ["babs@example.com"]), document=document) == "invalidValue"


def test_add_appends_to_the_values() -> None:
    new = {"value": "b@example.com", "type": "other"}
    assert patched("add", "emails", [new])["emails"] == [WORK, HOME, new]
    assert patched("add", "emails", new)["emails"] == [WORK, HOME, new]
    assert patched("add", None, {"emails": [new]})["emails"] == [WORK, HOME, new]


@pytest.mark.parametrize("extra", [{}, {"display": None}, {"shoeSize": 46}])
def test_add_of_a_value_that_is_there_changes_nothing(extra: dict[str, Any]) -> None:
    assert patched("add", "emails", [{"TYPE": "home", "Value": "babs@home.example"} | extra, WORK]) == BABS


def test_replace_puts_new_values_in_the_place_of_all() -> None:
    assert patched("replace", "emails", [HOME])["emails"] == [HOME]
    assert patched("replace", "emails", HOME)["emails"] == [HOME]


@pytest.mark.parametrize(
    ("op", "path", "value"),
    [
        ("add", "emails", [{"value": "c", "primary": True}]),
        ("add", 'emails[type eq "home"]', {"primary": True}),
        ("replace", 'emails[type eq "home"].primary', True),
    ],
)
def test_new_primary_value_takes_the_mark_from_the_old_one(op: str, path: str, value: Any) -> None:
    emails = patched(op, path, value)["emails"]
    assert [email.get("primary") for email in emails].count(True) == 1
    assert emails[0] == WORK | {"primary": False}


def test_value_that_is_not_primary_takes_no_mark_away() -> None:
    assert patched("add", "emails", {"value": "c", "primary": False})["emails"][0] == WORK


def test_created_value_may_be_the_primary_one() -> None:
    after, _ = edited(("add", 'emails[type eq "other" and primary eq true].value', "x", True))
    assert [email.get("primary") for email in after["emails"]] == [False, None, True]


def test_filter_sets_the_part_in_each_value_it_selects() -> None:
    assert [email["display"] for email in patched("replace", "emails[value pr].display", "B")["emails"]] == ["B", "B"]
    assert [email["display"] for email in patched("add", "emails.display", "B")["emails"]] == ["B", "B"]


def test_value_added_to_a_filtered_one_keeps_its_unnamed_parts() -> None:
    assert patched("add", 'emails[type eq "work"]', {"value": "new"})["emails"] == [WORK | {"value": "new"}, HOME]


def test_null_part_of_a_complex_value_is_taken_away() -> None:
    assert patched("replace", "name", {"givenName": None})["name"] == {"familyName": "Jensen"}


@pytest.mark.parametrize(
    ("path", "gone"),
    [
        ("title", ("title",)),
        ("emails", ("emails",)),
        ("name", ("name",)),
        ("name.givenName", ("name", "givenName")),
        (ENTERPRISE, (ENTERPRISE,)),
        (f"{ENTERPRISE}:department", (ENTERPRISE, "department")),
        (f"{ENTERPRISE}:manager", (ENTERPRISE, "manager")),
        (f"{ENTERPRISE}:manager.$ref", (ENTERPRISE, "manager", "$ref")),
        (OTHER, (OTHER,)),
        (f"{OTHER}:colour", (OTHER, "colour")),
        (f"{OTHER.upper()}:size.width", (OTHER, "size", "width")),
    ],
)
def test_remove_takes_away_what_the_path_names_and_no_more(path: str, gone: tuple[str, ...]) -> None:
    expected = copy.deepcopy(BABS)
    *above, last = gone
    place = expected
    for key in above:
        place = place[key]
    del place[last]
    after = patched("remove", path)
    assert after == expected
    assert patched("remove", path, document=after) == after


def test_remove_takes_away_the_selected_values_or_their_part() -> None:
    assert patched("remove", 'emails[type eq "work"]')["emails"] == [HOME]
    assert patched("remove", 'emails[type eq "work"].primary')["emails"] == [
        {"value": "babs@work.example", "type": "work"},
        HOME,
    ]
    assert "emails" not in patched("remove", "emails[value pr]")


@pytest.mark.parametrize("path", ['emails[type eq "x"]', 'emails[type eq "x"].value', 'ims[type eq "x"]'])
def test_removal_of_what_a_filter_does_not_find_has_no_target(path: str) -> None:
    assert refusal(("remove", path)) == "noTarget"
    assert edited(("remove", path, MISSING, False, True))[0] == BABS


def test_object_whose_last_part_is_removed_goes_with_it() -> None:
    document = {"userName": "b", "name": {"givenName": "B"}, ENTERPRISE: {"manager": {"value": "1"}}, OTHER: {"a": 1}}
    operations = [("remove", "name.givenName"), ("remove", f"{ENTERPRISE}:manager.value"), ("remove", f"{OTHER}:a")]
    assert edited(*operations, document=document)[0] == {"userName": "b"}


@pytest.mark.parametrize("operation", [("remove", "userName"), ("replace", "userName", None)])
def test_required_attribute_cannot_be_removed(operation: tuple[Any, ...]) -> None:
    assert refusal(operation) == "mutability"


def test_failing_operation_undoes_those_before_it() -> None:
    assert refusal(("replace", "title", "Chief"), ("replace", 'emails[type eq "x"].value', "y")) == "noTarget"


def test_later_operations_see_what_earlier_ones_did() -> None:
    after, _ = edited(
        ("remove", "emails"), ("add", "emails", [HOME]), ("replace", 'emails[type eq "home"].display', "Home")
    )
    assert after["emails"] == [HOME | {"display": "Home"}]


def test_touched_attributes_are_told() -> None:
    _, touched = edited(("replace", "NAME.givenName", "B"), ("remove", f"{ENTERPRISE}:manager"), ("remove", "title"))
    assert touched == {(None, "name"), (ENTERPRISE, "manager"), (None, "title")}


@pytest.mark.parametrize("op", ["add", "replace"])
@pytest.mark.parametrize("urn", [OTHER, OTHER.upper()])
def test_unregistered_extension_is_edited_under_the_key_it_has(op: str, urn: str) -> None:
    expected = BABS | {OTHER: {"colour": "blue", "size": {"height": 1, "width": 2}}}
    assert patched(op, f"{urn}:colour", "blue") == expected
    assert patched(op, None, {urn: {"colour": "blue"}}) == expected
    assert patched(op, f"{urn}:size.height", 3)[OTHER]["size"] == {"height": 3, "width": 2}


def test_unregistered_extension_must_be_an_object() -> None:
    assert refusal(("add", None, {OTHER: "red"})) == "invalidValue"
    assert refusal(("add", f"{OTHER}:colour.shade", "dark")) == "invalidPath"


def test_value_of_an_operation_is_left_as_it_came() -> None:
    operations = [PatchOperation("add", None, {"urn:example:new": {"a": {"b": 1}}})]
    operations.append(PatchOperation("replace", "urn:example:new:a.b", 2))
    before = copy.deepcopy(operations)
    plan = plan_patch(operations, USER, "keep")
    first, second = (apply_edits(BABS, plan.edits, USER)[0] for _ in range(2))
    assert first == second
    assert operations == before
