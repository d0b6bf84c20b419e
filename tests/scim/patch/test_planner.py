"""Operations become edits and member steps; what may not be written is refused before anything is read."""

from __future__ import annotations

from typing import Any

import pytest

from optiid.scim.errors import ScimError
from optiid.scim.filters.parser import FilterLimits
from optiid.scim.patch.members import MemberStep
from optiid.scim.patch.operations import MISSING, PatchOperation
from optiid.scim.patch.planner import PatchLimits, Plan, plan_patch
from optiid.scim.resource_types import GROUP, USER, ResourceType
from tests.geared import GEAR, GEARED
from tests.running import ENTERPRISE
from tests.running import USER as CORE

OTHER = "urn:example:other"


def plan(*operations: tuple[Any, ...], kind: ResourceType = USER, **more: Any) -> Plan:
    return plan_patch([PatchOperation(*operation) for operation in operations], kind, **more)


def edits(*operations: tuple[Any, ...], **more: Any) -> list[tuple[Any, ...]]:
    return [
        (
            edit.op,
            edit.path.location.keys if edit.path.location else edit.path.extension or edit.path.opaque,
            edit.value,
        )
        for edit in plan(*operations, **more).edits
    ]


def refusal(*operations: tuple[Any, ...], **more: Any) -> tuple[int, str | None]:
    with pytest.raises(ScimError) as caught:
        plan(*operations, **more)
    return caught.value.status, caught.value.scim_type


def steps(*operations: tuple[Any, ...], **more: Any) -> list[MemberStep]:
    found = plan(*operations, kind=GROUP, **more)
    assert not found.edits
    return list(found.member_steps)


def test_operation_with_a_path_is_one_edit() -> None:
    assert edits(("replace", "NAME.givenname", "Babs")) == [("replace", ("name", "givenName"), "Babs")]


@pytest.mark.parametrize("op", ["add", "replace"])
def test_operation_without_a_path_is_an_edit_for_each_attribute(op: str) -> None:
    assert edits((op, None, {"title": "Boss", "NickName": "Babs"})) == [
        (op, ("title",), "Boss"),
        (op, ("nickName",), "Babs"),
    ]


@pytest.mark.parametrize(
    "operation",
    [
        ("add", None, {ENTERPRISE.upper(): {"department": "Sales"}}),
        ("add", ENTERPRISE, {"DEPARTMENT": "Sales"}),
        ("add", f"{ENTERPRISE}:department", "Sales"),
    ],
)
def test_extension_is_reached_by_its_urn(operation: tuple[Any, ...]) -> None:
    assert edits(operation) == [("add", (ENTERPRISE, "department"), "Sales")]


@pytest.mark.parametrize("name", [CORE, CORE.upper()])
def test_object_under_the_core_urn_holds_core_attributes(name: str) -> None:
    assert edits(("add", None, {name: {"title": "Boss"}}), unknown_extensions="keep") == [("add", ("title",), "Boss")]


def test_whole_extension_is_removed_by_its_urn() -> None:
    assert edits(("remove", ENTERPRISE)) == [("remove", ENTERPRISE, MISSING)]


@pytest.mark.parametrize("value", [[CORE], [CORE, OTHER], "x"])
def test_schemas_are_the_servers_and_passed_over(value: Any) -> None:
    assert edits(("add", None, {"schemas": value}), ("replace", "schemas", value), ("add", "schemas", value)) == []


@pytest.mark.parametrize("operation", [("remove", "schemas"), ("replace", "schemas", []), ("add", "schemas", None)])
def test_schemas_cannot_be_removed(operation: tuple[Any, ...]) -> None:
    assert refusal(operation) == (400, "mutability")


@pytest.mark.parametrize("path", ["title", "emails", 'emails[type eq "work"]', "name.givenName", "externalId"])
@pytest.mark.parametrize("op", ["add", "replace"])
def test_assignment_of_null_is_a_removal(op: str, path: str) -> None:
    assert [(edit.op, edit.value) for edit in plan((op, path, None)).edits] == [("remove", MISSING)]


def test_empty_list_replaces_all_values_and_adds_none() -> None:
    assert edits(("replace", "emails", [])) == [("remove", ("emails",), MISSING)]
    assert edits(("add", "emails", [])) == []


def test_active_cannot_be_null() -> None:
    assert refusal(("replace", "active", None)) == (400, "invalidValue")


@pytest.mark.parametrize("op", ["add", "replace"])
@pytest.mark.parametrize("path", ["title", None, ENTERPRISE, "members"])
def test_add_and_replace_need_a_value(op: str, path: str | None) -> None:
    assert refusal((op, path), kind=GROUP if path == "members" else USER) == (400, "invalidValue")


@pytest.mark.parametrize("value", ["x", 1, None, ["title"], True])
@pytest.mark.parametrize("path", [None, CORE, ENTERPRISE])
def test_whole_resource_or_extension_takes_an_object_only(path: str | None, value: Any) -> None:
    if path != ENTERPRISE or value is not None:
        assert refusal(("replace", path, value)) == (400, "invalidValue")


@pytest.mark.parametrize("operation", [("replace", ENTERPRISE, None), ("add", None, {ENTERPRISE.upper(): None})])
def test_extension_that_is_null_is_removed(operation: tuple[Any, ...]) -> None:
    assert edits(operation) == [("remove", ENTERPRISE, MISSING)]


@pytest.mark.parametrize("path", [CORE, CORE.upper()])
def test_core_urn_as_a_path_means_the_resource_itself(path: str) -> None:
    assert edits(("add", path, {"title": "Boss"})) == [("add", ("title",), "Boss")]
    assert refusal(("remove", path)) == (400, "noTarget")


def test_extension_in_a_value_takes_an_object_only() -> None:
    assert refusal(("add", None, {ENTERPRISE: "Sales"})) == (400, "invalidValue")


def test_remove_needs_a_path() -> None:
    assert refusal(("remove", None)) == (400, "noTarget")
    assert refusal(("remove", None, {"title": "Boss"})) == (400, "noTarget")


@pytest.mark.parametrize(
    "operation",
    [
        ("add", "shoeSize", 46),
        ("add", None, {"shoeSize": 46}),
        ("add", None, {"name.givenName": "Babs"}),
        ("add", ENTERPRISE, {"shoeSize": 46}),
        ("remove", "name.shoeSize"),
        ("remove", "title[value eq 1]"),
        ("remove", f"{ENTERPRISE}:shoeSize"),
    ],
)
def test_name_that_no_schema_has_is_refused(operation: tuple[Any, ...]) -> None:
    assert refusal(operation, unknown_extensions="ignore") == (400, "invalidPath")


@pytest.mark.parametrize(
    "path", ["id", "meta", "meta.version", "groups", "groups.value", f"{ENTERPRISE}:manager.displayName"]
)
@pytest.mark.parametrize("op", ["add", "replace", "remove"])
def test_read_only_attributes_are_refused(op: str, path: str) -> None:
    assert refusal((op, path, "x")) == (400, "mutability")


@pytest.mark.parametrize("op", ["add", "replace"])
def test_read_only_attributes_in_a_value_are_passed_over(op: str) -> None:
    value = {"id": "1", "Meta": {"version": "x"}, "groups": [], "title": "Boss", GEAR: {"issuer": "x", "code": "c"}}
    assert edits((op, None, value), kind=GEARED) == [(op, ("title",), "Boss"), (op, (GEAR, "code"), "c")]
    assert edits((op, GEAR, {"issuer": "x"}), kind=GEARED) == []
    assert refusal((op, f"{GEAR}:issuer", "x"), kind=GEARED) == (400, "mutability")
    assert refusal((op, f'{GEAR}:costs[code eq "x"].by', "x"), kind=GEARED) == (400, "mutability")


def test_values_that_are_never_returned_are_kept_in_an_extension() -> None:
    assert edits(("add", f"{GEAR}:pin", "1"), kind=GEARED) == [("add", (GEAR, "pin"), "1")]


def test_switch_of_an_extension_is_removed_by_null() -> None:
    assert edits(("replace", f"{GEAR}:oneBoolean", None), kind=GEARED) == [("remove", (GEAR, "oneBoolean"), MISSING)]


def test_password_is_taken_and_forgotten() -> None:
    assert edits(("replace", "password", "geheim"), ("add", None, {"PASSWORD": "geheim"}), ("remove", "password")) == []
    assert refusal(("replace", "password", 7)) == (400, "invalidValue")


@pytest.mark.parametrize(
    ("path", "value", "opaque"),
    [
        (OTHER, {"a": 1}, (OTHER,)),
        (f"{OTHER}:a", 1, (OTHER, "a")),
        (f"{OTHER}:a.b", 1, (OTHER, "a", "b")),
    ],
)
def test_unregistered_extension_is_kept_ignored_or_refused(path: str, value: Any, opaque: tuple[str, ...]) -> None:
    if path != OTHER:  # on its own it reads as the name of an attribute of the extension urn:example
        assert edits(("add", path, value), unknown_extensions="keep") == [("add", opaque, value)]
        for setting in ("ignore", "refuse"):  # a path that leads nowhere is told, not answered by a success
            assert refusal(("add", path, value), unknown_extensions=setting) == (400, "invalidPath")
    else:
        assert edits(("add", None, {path: value}), unknown_extensions="keep") == [("add", opaque, value)]
        assert edits(("add", None, {path: value}), unknown_extensions="ignore") == []
        assert refusal(("add", None, {path: value}), unknown_extensions="refuse") == (400, "invalidPath")


def test_path_longer_than_the_limit_is_refused() -> None:
    assert edits(("remove", "title"), limits=PatchLimits(path_length=5))
    assert refusal(("remove", "title"), limits=PatchLimits(path_length=4)) == (400, "invalidPath")


def test_filter_in_a_path_has_the_limits_of_filters() -> None:
    remove = ("remove", "emails[type pr and (value pr)]")
    assert edits(remove, limits=PatchLimits(filters=FilterLimits(depth=2, terms=2)))
    for filters in (FilterLimits(depth=1), FilterLimits(terms=1)):
        assert refusal(remove, limits=PatchLimits(filters=filters)) == (400, "invalidFilter")


@pytest.mark.parametrize(
    ("operation", "step"),
    [
        (("add", "members", [{"value": "a"}, {"value": "b"}]), MemberStep("add", ("a", "b"))),
        (("add", "members", {"value": "a"}), MemberStep("add", ("a",))),
        (("add", None, {"members": [{"value": "a"}]}), MemberStep("add", ("a",))),
        (("replace", "MEMBERS", [{"value": "a"}]), MemberStep("replace", ("a",))),
        (("replace", "members", []), MemberStep("replace")),
        (("replace", "members", None), MemberStep("replace")),
        (("add", "members", None), MemberStep("add")),
        (("remove", "members"), MemberStep("replace")),
        (("remove", 'members[value eq "a"]'), MemberStep("remove", ("a",))),
        (("add", 'members[value eq "a"]', {"value": "a", "display": "A"}), MemberStep("add", ("a",))),
        (("remove", 'members[value eq "a" or value eq "b"]'), MemberStep("remove", ("a", "b"))),
    ],
)
def test_members_become_steps(operation: tuple[Any, ...], step: MemberStep) -> None:
    assert steps(operation) == [step]


def test_members_selected_otherwise_are_left_to_the_store() -> None:
    (step,) = steps(("remove", 'members[type eq "Group"]'))
    assert (step.kind, step.ids, str(step.where)) == ("remove", (), 'type eq "Group"')


def test_removing_members_by_value_does_not_empty_the_group() -> None:
    assert refusal(("remove", "members", [{"value": "a"}]), kind=GROUP) == (400, "invalidValue")


@pytest.mark.parametrize(
    "operation",
    [
        ("replace", "members.value", "a"),
        ("remove", "members.display"),
        ("replace", 'members[value eq "a"].value', "b"),
        ("replace", 'members[value eq "a"]', {"value": "b"}),
        ("add", 'members[value eq "a"]', {"value": "b"}),
        ("add", 'members[type eq "User"]', {"value": "b"}),
    ],
)
def test_parts_of_a_member_are_immutable(operation: tuple[Any, ...]) -> None:
    assert refusal(operation, kind=GROUP) == (400, "mutability")


def test_more_members_than_the_limit_are_refused_over_all_operations() -> None:
    two, one = [{"value": "a"}, {"value": "b"}], 'members[value eq "c"]'
    assert len(steps(("add", "members", two), ("remove", one), limits=PatchLimits(members=3))) == 2
    assert refusal(("add", "members", two), ("remove", one), kind=GROUP, limits=PatchLimits(members=2)) == (413, None)


def test_more_changes_than_the_limit_are_refused() -> None:
    value = {"title": "x", "nickName": "y"}
    assert len(edits(("replace", None, value), limits=PatchLimits(edits=2))) == 2
    assert refusal(("replace", None, value), limits=PatchLimits(edits=1)) == (413, None)


@pytest.mark.parametrize("value", [[], {}])
def test_nothing_is_no_value_of_a_switch_or_a_text(value: Any) -> None:
    for name in ("active", "title"):
        assert refusal(("replace", name, value)) == (400, "invalidValue")


def test_edits_and_steps_of_one_request_are_parted() -> None:
    found = plan(("replace", None, {"displayName": "Staff", "members": []}), kind=GROUP)
    assert [edit.path.location.attribute.name for edit in found.edits if edit.path.location] == ["displayName"]
    assert list(found.member_steps) == [MemberStep("replace")]
