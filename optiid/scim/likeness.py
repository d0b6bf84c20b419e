"""When two values of an attribute are the same: as the schema compares them, whatever their spelling or order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from optiid.scim.search_form import comparable

if TYPE_CHECKING:
    from collections.abc import Hashable

    from optiid.scim.attributes import Attribute

# Marks of a value and no part of it: which one is preferred, and how it reads to people.
MARKS = ("primary", "display")


def likeness(attribute: Attribute, value: Any) -> Hashable:
    """Return what all values have in common that are the same as `value`, and no others."""
    if isinstance(value, list):
        return frozenset(likeness(attribute, element) for element in value)
    if attribute.type == "complex" and isinstance(value, dict):
        return frozenset(
            (sub.name, likeness(sub, part)) for name, part in value.items() if (sub := attribute.sub(name)) is not None
        )
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return "number", value  # exactly: the comparable form is a double, and whole numbers have 64 bits
    found = comparable(attribute, value)
    return (type(value).__name__, repr(value)) if found is None else found


def identity(attribute: Attribute, element: Any) -> Hashable:
    """Return what tells one value of a multi-valued attribute from the others.

    No (type, value) combination is to stand there twice (RFC 7643, section 2.4), so `primary` does not count, nor does
    `display` when there is a `value`.
    """
    if not isinstance(element, dict):
        return likeness(attribute, element)
    ignored = MARKS if element.get("value") is not None else MARKS[:1]
    return likeness(attribute, {name: part for name, part in element.items() if name not in ignored})
