"""Immutable values: once set they stay as they are, whichever request comes (RFC 7643, section 7; RFC 7644, 3.5).

An equal value passes. A whole extension may go, and with it what is immutable there.
"""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any

from optiid.scim.errors import ScimError
from optiid.scim.likeness import likeness

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optiid.scim.attributes import Attribute
    from optiid.scim.resource_types import ResourceType

FIXED = ("immutable", "readOnly")
Remembered = list[tuple[dict[str, Any], "Attribute", Any]]


def remember(attribute: Attribute, container: dict[str, Any]) -> Remembered:
    """Return what of an attribute in a container may not change: (the object that holds it, its attribute, its value).

    What this costs without immutable parts is a look at each part.
    """
    value = container.get(attribute.name)
    if value is None:
        return []
    if attribute.mutability == "immutable":
        return [(container, attribute, deepcopy(value))]
    fixed = [sub for sub in attribute.sub_attributes if sub.mutability == "immutable"]
    return [(holder, sub, holder[sub.name]) for sub in fixed for holder in _held(value) if sub.name in holder]


def check_kept(attribute: Attribute, remembered: Remembered, container: dict[str, Any]) -> None:
    """Raise mutability when what was remembered has changed; one of many values may go as a whole.

    An equal value in another spelling is put back.
    """
    for holder, fixed, before in remembered:
        present = holder is container or any(held is holder for held in _held(container.get(attribute.name)))
        if not present and attribute.multi_valued:
            continue
        after = holder.get(fixed.name) if present else None
        if after is None or likeness(fixed, after) != likeness(fixed, before):
            raise changed(fixed)
        holder[fixed.name] = before


def _held(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def changed(attribute: Attribute) -> ScimError:
    """Return the refusal to change an immutable attribute."""
    return ScimError.mutability(f"{attribute.name} is immutable: it keeps the value that it has")


def keeping_fixed(resource_type: ResourceType, before: dict[str, Any], document: dict[str, Any]) -> dict[str, Any]:
    """Return the document of a PUT with what it could not mean to take away (RFC 7644, section 3.5.1).

    That is what is immutable, read-only or never returned: a client that sends back what it read does not have the
    last. Raises mutability for another value of an immutable attribute.
    """
    kept = document | _keeping(resource_type.schema.kept, before, document)
    for urn, schema in resource_type.extensions.items():
        if urn in before and urn in document:
            kept[urn] = document[urn] | _keeping(schema.kept, before[urn], document[urn])
    return kept


def _keeping(attributes: tuple[Attribute, ...], before: dict[str, Any], sent: dict[str, Any]) -> dict[str, Any]:
    return dict(_kept(attributes, before, sent))


def _kept(attributes: tuple[Attribute, ...], before: dict[str, Any], sent: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for attribute in attributes:
        name = attribute.name
        if name not in before:
            continue
        if attribute.mutability == "immutable" and name in sent and _differ(attribute, before, sent):
            raise changed(attribute)
        if attribute.mutability in FIXED or (attribute.returned == "never" and name not in sent):
            yield name, before[name]
        elif attribute.type == "complex" and not attribute.multi_valued:
            parts = _keeping(attribute.kept_parts, before[name], sent.get(name, {}))
            if parts:
                yield name, sent.get(name, {}) | parts


def _differ(attribute: Attribute, before: dict[str, Any], sent: dict[str, Any]) -> bool:
    return likeness(attribute, before[attribute.name]) != likeness(attribute, sent[attribute.name])
