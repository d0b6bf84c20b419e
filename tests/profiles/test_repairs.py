from __future__ import annotations

import json
from copy import deepcopy
from dataclasses import replace
from typing import Any

import pytest

from optiid.profiles import repairs
from optiid.profiles.examples import ENTERPRISE, LAWFUL_PATCHES, LAWFUL_RESOURCES
from optiid.profiles.types import MISSING, PatchOperation
from optiid.scim.errors import ScimError
from optiid.scim.filters.parser import parse_filter, parse_value_path
from optiid.scim.filters.tree import AttributePath, Compare, Present
from optiid.scim.resource_types import GROUP, USER, ResourceType
from tests.geared import GEAR, GEARED
from tests.running import USER as CORE

Op = PatchOperation


def read(*operations: Op, resource_type: ResourceType = USER) -> list[Op]:
    """Repair operations, and hold that a second pass changes nothing and that the input stays."""
    kept = [operation if operation.value is MISSING else replace(operation) for operation in operations]
    values = deepcopy([None if operation.value is MISSING else operation.value for operation in operations])
    repaired = repairs.repair_operations(list(operations), resource_type)
    assert list(operations) == kept
    assert [None if operation.value is MISSING else operation.value for operation in operations] == values
    assert repairs.repair_operations(list(repaired), resource_type) == repaired
    return repaired


def read_resource(resource: dict[str, Any], resource_type: ResourceType = USER) -> dict[str, Any]:
    kept = deepcopy(resource)
    repaired = repairs.repair_resource(resource, resource_type)
    assert resource == kept
    assert repairs.repair_resource(deepcopy(repaired), resource_type) == repaired
    return repaired


@pytest.mark.parametrize(("resource_type", "resource"), LAWFUL_RESOURCES)
def test_lawful_resource_stays(resource_type: ResourceType, resource: dict[str, Any]) -> None:
    assert read_resource(resource, resource_type) == resource


@pytest.mark.parametrize(
    ("resource_type", "operations"), [case for case in LAWFUL_PATCHES if all(op.path for op in case[1])]
)
def test_lawful_operation_with_a_path_stays(resource_type: ResourceType, operations: list[Op]) -> None:
    assert read(*operations, resource_type=resource_type) == operations


@pytest.mark.parametrize("text", ["False", "false", "FALSE", " false "])
def test_text_boolean_becomes_boolean(text: str) -> None:
    assert read(Op("replace", "active", text)) == [Op("replace", "active", value=False)]
    assert read_resource({"active": text}) == {"active": False}


def test_text_boolean_stays_where_text_is_meant() -> None:
    sent = Op("replace", "title", "True")
    assert read(sent) == [sent]
    assert read_resource({"title": "True", "roles": [{"value": "False", "primary": "True"}]}) == {
        "title": "True",
        "roles": [{"value": "False", "primary": True}],
    }


def test_other_text_for_a_boolean_is_left_to_the_core() -> None:
    sent = Op("replace", "active", "yes")
    assert read(sent) == [sent]


def test_boolean_in_a_list_becomes_boolean() -> None:
    assert read(Op("replace", "active", [False])) == [Op("replace", "active", value=False)]
    assert read_resource({"active": ["False"]}) == {"active": False}
    assert read_resource({"active": [True, False]}) == {"active": [True, False]}


def test_boolean_of_a_selected_value_is_repaired() -> None:
    path = 'emails[type eq "work"].primary'
    assert read(Op("replace", path, "True")) == [Op("replace", path, value=True)]
    whole = 'emails[type eq "work"]'
    assert read(Op("replace", whole, {"primary": "True", "display": ""})) == [Op("replace", whole, {"primary": True})]


def test_keys_of_a_value_without_path_become_operations() -> None:
    value = {
        "id": "1",
        "schemas": [USER.schema.urn],
        "meta": {"resourceType": "User"},
        "groups": [{"value": "2"}],
        "displayName": "Ada",
        "name.givenName": "Ada",
        f"{ENTERPRISE}:department": "Tools",
        f"{USER.schema.urn}:title": "Engineer",
        ENTERPRISE: {"employeeNumber": "7", "manager": {"value": "9", "displayName": "Kim"}},
    }
    assert read(Op("replace", None, value)) == [
        Op("replace", "displayName", "Ada"),
        Op("replace", "name.givenName", "Ada"),
        Op("replace", f"{ENTERPRISE}:department", "Tools"),
        Op("replace", f"{USER.schema.urn}:title", "Engineer"),
        Op("replace", f"{ENTERPRISE}:employeeNumber", "7"),
        Op("replace", f"{ENTERPRISE}:manager", {"value": "9", "displayName": "Kim"}),
    ]


def test_extension_as_path_becomes_operations() -> None:
    sent = Op("add", ENTERPRISE.upper(), {"department": "Tools", "employeeNumber": ""})
    assert [(op.op, op.path.lower()) for op in read(sent) if op.path] == [
        ("add", f"{ENTERPRISE}:department".lower()),
        ("remove", f"{ENTERPRISE}:employeeNumber".lower()),
    ]


def test_unknown_names_stay_for_the_core_to_refuse() -> None:
    assert read(Op("replace", None, {"shoeSize": 4})) == [Op("replace", "shoeSize", 4)]
    sent = [Op("replace", None, "text"), Op("remove"), Op("replace", "shoeSize", ""), Op("add", "emails[", "x")]
    assert read(*sent) == sent


def test_id_as_a_path_stays_for_the_core_to_refuse() -> None:
    sent = Op("replace", "id", "1")
    assert read(sent) == [sent]


def test_members_removed_by_list_are_removed_one_by_one() -> None:
    odd = 'a"b\\'
    sent = Op("remove", "members", [{"$ref": None, "value": "1"}, {"value": odd}])
    removed = read(sent, resource_type=GROUP)
    assert removed == [Op("remove", 'members[value eq "1"]'), Op("remove", f"members[value eq {json.dumps(odd)}]")]
    inner = parse_value_path(removed[1].path or "")[0].inner
    assert isinstance(inner, Compare)
    assert inner.value == odd


@pytest.mark.parametrize("value", [{"value": "1"}, "1", ["1"], [{"value": "1", "type": "User", "display": "A"}]])
def test_member_removed_in_another_form(value: Any) -> None:
    assert read(Op("remove", "members", value), resource_type=GROUP) == [Op("remove", 'members[value eq "1"]')]


def test_empty_list_removes_nobody() -> None:
    assert read(Op("remove", "members", []), resource_type=GROUP) == []


def test_bare_remove_empties_the_group() -> None:
    assert read(Op("remove", "members"), resource_type=GROUP) == [Op("remove", "members")]


@pytest.mark.parametrize("value", [[{"display": "A"}], [7], {}])
def test_member_that_is_not_named_is_refused(value: Any) -> None:
    """Ignoring it would answer success for nothing, and removing all would lose the others."""
    with pytest.raises(ScimError) as refused:
        repairs.repair_operations([Op("remove", "members", value)], GROUP)
    assert refused.value.scim_type == "invalidValue"


def test_values_of_other_attributes_are_removed_by_value_and_type() -> None:
    sent = Op("remove", "emails", [{"value": "a@b.c", "type": "work", "primary": True}, {"value": "d@e.f"}])
    assert read(sent) == [
        Op("remove", 'emails[value eq "a@b.c" and type eq "work"]', may_miss=True),
        Op("remove", 'emails[value eq "d@e.f"]', may_miss=True),
    ]
    home = {"streetAddress": "1 Lane", "type": "home", "primary": True}
    assert [operation.path for operation in read(Op("remove", "addresses", [home]))] == [
        'addresses[streetAddress eq "1 Lane" and type eq "home"]'
    ]
    assert [operation.path for operation in read(Op("remove", "emails", {"display": "A"}))] == [
        'emails[display eq "A"]'
    ]


@pytest.mark.parametrize(
    ("name", "value", "filters"),
    [
        ("manyString", ["a", "b"], ['[value eq "a"]', '[value eq "b"]']),
        ("manyInteger", 5, ["[value eq 5]"]),
        ("costs", [{"code": "x", "amount": 1.5}], ['[code eq "x" and amount eq 1.5]']),
    ],
)
def test_values_of_an_extension_are_removed_by_value(name: str, value: Any, filters: list[str]) -> None:
    path = f"{GEAR}:{name}"
    assert [one.path for one in read(Op("remove", path, value), resource_type=GEARED)] == [
        path + text for text in filters
    ]


def test_value_that_the_attribute_cannot_have_is_refused() -> None:
    with pytest.raises(ScimError, match="must be named by its value"):
        read(Op("remove", f"{GEAR}:manyInteger", ["five"]), resource_type=GEARED)


def test_core_and_extension_urn_hold_what_they_name() -> None:
    assert read(Op("replace", None, {CORE: {"active": "False"}})) == [Op("replace", "active", value=False)]
    assert read(Op("add", CORE.upper(), {"title": "x"})) == [Op("add", "title", "x")]
    assert read(Op("replace", None, {ENTERPRISE: ""})) == [Op("replace", ENTERPRISE, None)]


@pytest.mark.parametrize("path", ["title", "name.givenName", 'emails[type eq "work"]', 'emails[type eq "work"].value'])
def test_old_value_of_a_removal_is_dropped(path: str) -> None:
    assert read(Op("remove", path, "old")) == [Op("remove", path)]


@pytest.mark.parametrize("nothing", [None, ""])
def test_nothing_as_a_value_removes(nothing: Any) -> None:
    assert read(Op("replace", "title", nothing)) == [Op("remove", "title")]
    assert read(Op("replace", None, {"title": nothing})) == [Op("remove", "title")]
    assert read(Op("add", "emails", nothing)) == []
    assert read_resource({"title": nothing, "name": {"givenName": nothing, "familyName": "A"}}) == {
        "name": {"familyName": "A"}
    }
    assert read_resource({ENTERPRISE: {"department": nothing}, "emails": [nothing]}) == {ENTERPRISE: {}, "emails": []}


@pytest.mark.parametrize("nothing", [None, ""])
def test_nothing_as_a_switch_stays_for_the_core_to_judge(nothing: Any) -> None:
    """Nobody gets in because a value is missing."""
    sent = Op("replace", "active", nothing)
    assert read(sent) == [sent]
    assert read(Op("replace", None, {"active": nothing})) == [sent]


def test_empty_list_stays_an_empty_list() -> None:
    """`members: []` in a PUT empties the group, `members` absent leaves it."""
    assert read_resource({"displayName": "A", "members": []}, GROUP) == {"displayName": "A", "members": []}
    assert read_resource({"displayName": "A", "members": None}, GROUP) == {"displayName": "A"}


def test_single_object_becomes_a_list() -> None:
    assert read_resource({"emails": {"value": "a@b.c"}}) == {"emails": [{"value": "a@b.c"}]}
    assert read(Op("replace", "emails", {"value": "a@b.c"})) == [Op("replace", "emails", [{"value": "a@b.c"}])]


def test_member_named_by_a_filter_is_added() -> None:
    sent = Op("add", 'members[value eq "1"]')
    assert read(sent, resource_type=GROUP) == [Op("add", "members", [{"value": "1"}])]


@pytest.mark.parametrize("path", ["members", 'members[display eq "1"]', 'members[value eq "1"].display', "displayName"])
def test_addition_of_nothing_stays_for_the_core_to_refuse(path: str) -> None:
    sent = Op("add", path)
    assert read(sent, resource_type=GROUP) == [sent]


def upper(comparison: Compare | Present) -> Compare | Present:
    return replace(comparison, value="X") if isinstance(comparison, Compare) else comparison


def test_filter_is_mapped_in_all_its_parts() -> None:
    text = 'userName eq "a" and (not (title eq "b") or nickName pr) and emails[type eq "work"]'
    assert repairs.map_filter(text, upper) == str(
        parse_filter('userName eq "X" and (not (title eq "X") or nickName pr) and emails[type eq "work"]')
    )


@pytest.mark.parametrize("text", ["", "userName eq", "((", "userName  EQ  1 trailing"])
def test_filter_that_cannot_be_read_stays(text: str) -> None:
    assert repairs.map_filter(text, upper) == text
    assert repairs.map_path(f"emails[{text}", upper) == f"emails[{text}"


def test_filter_that_needs_no_change_keeps_its_spelling() -> None:
    assert repairs.map_filter('UserName   Eq "a"', lambda one: one) == 'UserName   Eq "a"'
    assert repairs.map_path('emails[ type   eq "a" ].value', lambda one: one) == 'emails[ type   eq "a" ].value'


def test_path_is_mapped_inside_the_brackets() -> None:
    assert repairs.map_path('emails[type eq "a"].value', upper) == 'emails[type eq "X"].value'
    assert repairs.map_path('emails[type eq "a"]', upper) == 'emails[type eq "X"]'
    assert repairs.map_path("emails", upper) == "emails"


def test_name_gets_the_urn_of_its_extension() -> None:
    assert repairs.qualified(AttributePath(None, "department"), USER) == AttributePath(ENTERPRISE, "department")
    for path in (AttributePath(None, "userName"), AttributePath(None, "shoeSize"), AttributePath("urn:x", "manager")):
        assert repairs.qualified(path, USER) == path


def test_literal_of_a_boolean_is_a_boolean() -> None:
    emails = USER.schema.attribute("emails")
    assert emails is not None
    names = tuple(repairs.boolean_names(emails))
    assert names == ("primary",)
    primary = Compare(AttributePath(None, "Primary"), "eq", "True")
    assert repairs.boolean_literal(primary, names) == replace(primary, value=True)
    for other in (Compare(AttributePath(None, "type"), "eq", "True"), Present(AttributePath(None, "primary"))):
        assert repairs.boolean_literal(other, names) == other
