"""Reading a PatchOp body: what every client sends is taken, any other shape is refused with its scimType."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optiid.scim.errors import ScimError
from optiid.scim.patch.operations import MISSING, PATCH_URN, PatchOperation, read_operations


def read(*operations: Any, **members: Any) -> list[PatchOperation]:
    return read_operations({"schemas": [PATCH_URN], "Operations": list(operations)} | members, 10)


def test_operation_is_read_with_path_and_value() -> None:
    assert read({"op": "add", "path": "nickName", "value": "Babs"}) == [PatchOperation("add", "nickName", "Babs")]


@pytest.mark.parametrize("op", ["add", "Add", "ADD", "remove", "Remove", "replace", "Replace"])
def test_op_is_read_in_any_case(op: str) -> None:
    assert read({"OP": op, "PATH": "title", "Value": 1})[0] == PatchOperation(op.lower(), "title", 1)


def test_order_of_operations_is_kept() -> None:
    assert [operation.path for operation in read(*({"op": "remove", "path": name} for name in "abc"))] == list("abc")


def test_value_that_is_not_sent_differs_from_null() -> None:
    without, null = read({"op": "remove", "path": "title"}, {"op": "replace", "path": "title", "value": None})
    assert without.value is MISSING
    assert null.value is None


def test_missing_is_false_and_stays_itself_when_copied() -> None:
    assert not MISSING
    assert repr(MISSING) == "MISSING"
    assert copy.copy(MISSING) is MISSING
    assert copy.deepcopy(read({"op": "remove", "path": "title"}))[0].value is MISSING


@pytest.mark.parametrize("path", [None, ""])
def test_empty_path_means_the_resource_itself(path: Any) -> None:
    assert read({"op": "add", "path": path, "value": {}})[0].path is None


@pytest.mark.parametrize("schemas", [None, [], [PATCH_URN.upper()], ["urn:example:other", PATCH_URN]])
def test_schemas_may_be_missing_or_in_another_case(schemas: Any) -> None:
    assert read(schemas=schemas) == []


@pytest.mark.parametrize("schemas", [["urn:example:other"], PATCH_URN, {"a": 1}, 7])
def test_schemas_that_name_no_patch_are_refused(schemas: Any) -> None:
    with pytest.raises(ScimError, match="PatchOp") as caught:
        read(schemas=schemas)
    assert (caught.value.status, caught.value.scim_type) == (400, "invalidSyntax")


@pytest.mark.parametrize("operations", [None, {}, "add", {"op": "add"}, 1])
def test_operations_that_are_no_list_are_refused(operations: Any) -> None:
    with pytest.raises(ScimError, match="Operations") as caught:
        read_operations({"Operations": operations}, 10)
    assert caught.value.scim_type == "invalidSyntax"


def test_body_without_operations_is_refused() -> None:
    with pytest.raises(ScimError, match="Operations"):
        read_operations({}, 10)


@pytest.mark.parametrize("entry", [None, "add", [], 1, {}, {"op": None}, {"op": 1}, {"op": "move"}, {"op": "add "}])
def test_operation_of_another_shape_is_refused(entry: Any) -> None:
    with pytest.raises(ScimError) as caught:
        read(entry)
    assert caught.value.scim_type == "invalidSyntax"


@pytest.mark.parametrize("path", [1, ["title"], {}, False])
def test_path_that_is_no_text_is_refused(path: Any) -> None:
    with pytest.raises(ScimError) as caught:
        read({"op": "remove", "path": path})
    assert caught.value.scim_type == "invalidPath"


def test_more_operations_than_the_limit_are_refused() -> None:
    assert len(read(*[{"op": "remove", "path": "title"}] * 10)) == 10
    with pytest.raises(ScimError, match="11 operations in one PATCH; the limit is 10") as caught:
        read(*[{"op": "remove", "path": "title"}] * 11)
    assert caught.value.status == 413


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
MEMBERS = st.sampled_from(["op", "Op", "path", "value", "x"])


@given(st.lists(st.dictionaries(MEMBERS, JSON | st.sampled_from(["add", "Remove"]), max_size=4) | JSON, max_size=3))
def test_any_body_is_read_or_refused(operations: list[Any]) -> None:
    try:
        found = read(*operations)
    except ScimError as error:
        assert error.status == 400
    else:
        assert all(operation.op in ("add", "remove", "replace") for operation in found)
