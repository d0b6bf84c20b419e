"""Laws that hold for every PATCH, and agreement with another implementation where both follow the RFC."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scim2_models import PatchOp, User

from optiid.scim.errors import ScimError
from optiid.scim.patch.engine import apply_edits
from optiid.scim.patch.operations import MISSING, PatchOperation
from optiid.scim.patch.planner import plan_patch
from optiid.scim.resource_types import USER
from optiid.scim.validation import validate_touched
from tests.running import ENTERPRISE, PATCH_OP
from tests.running import USER as CORE

TEXT = st.sampled_from(["a", "B", "b", "work", "home", "ß"])
EMAIL = st.fixed_dictionaries(
    {"value": TEXT}, optional={"type": st.sampled_from(["work", "home"]), "primary": st.booleans(), "display": TEXT}
)
NAME = st.dictionaries(st.sampled_from(["givenName", "familyName", "formatted"]), TEXT, min_size=1)
EXTENSION = st.dictionaries(st.sampled_from(["department", "division"]), TEXT, min_size=1)


def one_primary(emails: list[dict[str, Any]]) -> bool:
    return sum(email.get("primary") is True for email in emails) <= 1


EMAILS = st.lists(EMAIL, min_size=1, max_size=3).filter(one_primary)
DOCUMENTS = st.fixed_dictionaries(
    {"userName": st.just("babs")},
    optional={"title": TEXT, "name": NAME, "emails": EMAILS, ENTERPRISE: EXTENSION, "urn:example:a": EXTENSION},
)
VALUES: dict[str | None, st.SearchStrategy[Any]] = {
    "title": TEXT,
    "name": NAME,
    "name.givenName": TEXT,
    "emails": EMAILS,
    'emails[type eq "work"]': EMAIL,
    'emails[type eq "work"].value': TEXT,
    "emails.display": TEXT,
    f"{ENTERPRISE}:department": TEXT,
    ENTERPRISE: EXTENSION,
    "urn:example:a:department": TEXT,
    None: st.fixed_dictionaries({}, optional={"title": TEXT, "name": NAME, "emails": EMAILS, ENTERPRISE: EXTENSION}),
}
PATHS = st.sampled_from(list(VALUES))
ASSIGNMENTS = PATHS.flatmap(
    lambda path: st.builds(PatchOperation, st.sampled_from(["add", "replace"]), st.just(path), VALUES[path])
)
REMOVALS = PATHS.filter(bool).map(lambda path: PatchOperation("remove", path, MISSING, may_miss=True))
OPERATIONS = st.lists(ASSIGNMENTS | REMOVALS, min_size=1, max_size=4)


def patched(document: dict[str, Any], *operations: PatchOperation) -> dict[str, Any]:
    edits = plan_patch(list(operations), USER, "keep").edits
    return validate_touched(USER, *apply_edits(document, edits, USER))


def patched_or_not(document: dict[str, Any], *operations: PatchOperation) -> dict[str, Any]:
    try:
        return patched(document, *operations)
    except ScimError as error:
        # One operation that marks several values as primary is refused, as is one that selects none.
        assume(error.scim_type != "noTarget" and "one primary value" not in error.detail)
        raise


@given(DOCUMENTS, OPERATIONS)
def test_neither_document_nor_operations_are_changed(document: dict[str, Any], operations: list[Any]) -> None:
    before = copy.deepcopy((document, operations))
    try:
        first = patched(document, *operations)
    except ScimError as error:
        assert error.scim_type in ("noTarget", "invalidValue")
    else:
        assert patched(document, *operations) == first
    assert (document, operations) == before


@given(DOCUMENTS, OPERATIONS)
def test_what_results_is_a_lawful_document(document: dict[str, Any], operations: list[Any]) -> None:
    after = patched_or_not(document, *operations)
    assert after["userName"] == "babs"
    assert one_primary(after.get("emails", []))
    assert not [value for value in after.values() if value in (None, [], {})]


@given(DOCUMENTS, ASSIGNMENTS)
def test_doing_it_twice_is_doing_it_once(document: dict[str, Any], operation: PatchOperation) -> None:
    once = patched_or_not(document, operation)
    # A selecting part that was changed selects no longer; what the second time does is another matter then.
    if operation.path != 'emails[type eq "work"]' and "emails" not in (operation.path, *(_keys(operation))):
        assert patched(once, operation) == once


def _keys(operation: PatchOperation) -> tuple[str, ...]:
    return tuple(operation.value) if operation.path is None else ()


@given(DOCUMENTS, EMAILS)
def test_replacing_all_values_twice_is_replacing_them_once(document: dict[str, Any], emails: list[Any]) -> None:
    operation = PatchOperation("replace", "emails", emails)
    once = patched(document, operation)
    assert once["emails"] == emails
    assert patched(once, operation) == once


@given(DOCUMENTS, EMAIL)
def test_adding_a_value_twice_is_adding_it_once(document: dict[str, Any], email: dict[str, Any]) -> None:
    operation = PatchOperation("add", "emails", [email])
    once = patched(document, operation)
    assert patched(once, operation) == once
    combinations = [(one["value"].casefold(), one.get("type")) for one in once["emails"]]
    assert (email["value"].casefold(), email.get("type")) in combinations
    assert len(once["emails"]) <= len(document.get("emails", [])) + 1


@given(DOCUMENTS, st.fixed_dictionaries({"value": st.just("new")}, optional={"primary": st.booleans()}))
def test_removing_a_value_that_was_added_leaves_what_was_before(document: dict[str, Any], email: Any) -> None:
    added = PatchOperation("add", "emails", [email])
    after = patched(document, added, PatchOperation("remove", 'emails[value eq "new"]'))
    assert without_primary(after) == without_primary(document)


def without_primary(document: dict[str, Any]) -> dict[str, Any]:
    """Return a document without the marks that a new primary value takes from the others."""
    emails = [{name: part for name, part in email.items() if name != "primary"} for email in document.get("emails", [])]
    return document | {"emails": emails}


@given(DOCUMENTS, OPERATIONS, OPERATIONS)
def test_two_requests_do_what_one_with_all_operations_does(document: dict[str, Any], some: Any, more: Any) -> None:
    in_two = patched_or_not(patched_or_not(document, *some), *more)
    assert patched(document, *some, *more) == in_two


@given(DOCUMENTS, REMOVALS)
def test_what_was_removed_stays_away(document: dict[str, Any], removal: PatchOperation) -> None:
    once = patched(document, removal)
    assert patched(once, removal) == once


ORACLE: list[dict[str, Any]] = [
    {"op": "add", "path": "title", "value": "Boss"},
    {"op": "replace", "path": "title", "value": "Boss"},
    {"op": "remove", "path": "title"},
    {"op": "replace", "path": "name.givenName", "value": "Babs"},
    {"op": "remove", "path": "name.givenName"},
    {"op": "remove", "path": "name"},
    {"op": "replace", "path": "emails", "value": [{"value": "c@example.com", "type": "work"}]},
    {"op": "add", "path": "emails", "value": [{"value": "c@example.com", "type": "other"}]},
    {"op": "add", "path": "emails", "value": [{"value": "b@example.com", "type": "home"}]},
    {"op": "remove", "path": "emails"},
    {"op": "replace", "value": {"title": "Boss", "nickName": "Babs"}},
]
BABS = {
    "userName": "babs",
    "title": "Clerk",
    "name": {"givenName": "Barbara", "familyName": "Jensen"},
    "emails": [{"value": "a@example.com", "type": "work"}, {"value": "b@example.com", "type": "home"}],
}


@pytest.mark.parametrize("operation", ORACLE, ids=lambda operation: f"{operation['op']} {operation.get('path')}")
def test_other_implementation_comes_to_the_same(operation: dict[str, Any]) -> None:
    other = User.model_validate({"schemas": [CORE]} | BABS)
    PatchOp[User].model_validate({"schemas": [PATCH_OP], "Operations": [operation]}).patch(other)
    theirs = other.model_dump()
    ours = patched(BABS, PatchOperation(operation["op"], operation.get("path"), operation.get("value", MISSING)))
    assert {name: value for name, value in theirs.items() if name not in ("schemas", "id", "meta")} == ours
