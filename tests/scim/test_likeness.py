"""Values are the same as their schema compares them."""

from __future__ import annotations

from typing import Any

import pytest

from optiid.scim.attributes import Attribute
from optiid.scim.likeness import identity, likeness
from optiid.scim.resource_types import USER

EMAILS: Any = USER.attribute("emails")
ADDRESSES: Any = USER.attribute("addresses")


@pytest.mark.parametrize(
    ("attribute", "one", "other", "alike"),
    [
        (Attribute("a"), "Straße", "STRASSE", True),
        (Attribute("a"), "a", "b", False),
        (Attribute("a", case_exact=True), "a", "A", False),
        (Attribute("a", "integer"), 1, 1.0, True),
        (Attribute("a", "integer"), 2**53, 2**53 + 1, False),
        (Attribute("a", "boolean"), True, 1, False),
        (Attribute("a", "dateTime"), "2026-01-31T12:00:00Z", "2026-01-31T13:00:00+01:00", True),
        (Attribute("a", multi_valued=True), ["a", "B"], ["b", "A"], True),
        (Attribute("a", multi_valued=True), ["a", "B"], ["a"], False),
        (Attribute("a"), 5, "5", False),
        (Attribute("a"), None, "None", False),
        (EMAILS, [{"value": "A", "type": "work"}], [{"type": "WORK", "value": "a", "unknown": 1}], True),
        (EMAILS, [{"value": "A", "primary": True}], [{"value": "a"}], False),
    ],
)
def test_likeness_is_shared_by_values_that_are_the_same(
    attribute: Attribute, one: Any, other: Any, alike: bool
) -> None:
    assert (likeness(attribute, one) == likeness(attribute, other)) is alike


def test_marks_do_not_tell_values_apart() -> None:
    marked = {"value": "a", "type": "work", "primary": True, "display": "A"}
    assert identity(EMAILS, marked) == identity(EMAILS, {"value": "A", "type": "work", "display": "B"})
    assert identity(EMAILS, marked) != identity(EMAILS, {"value": "a", "type": "home"})
    assert identity(EMAILS, {"display": "A"}) != identity(EMAILS, {"display": "B"})
    assert identity(ADDRESSES, {"locality": "Oslo", "primary": True}) == identity(ADDRESSES, {"locality": "OSLO"})
    assert identity(Attribute("a", multi_valued=True), "A") == identity(Attribute("a", multi_valued=True), "a")
