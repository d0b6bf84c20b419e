"""The places in a document that a path means."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from optiid.scim.errors import ScimError
from optiid.scim.filters.matcher import matches
from optiid.scim.filters.tree import And, AttributePath, Compare, Each, Tree
from optiid.scim.schemas.base import NOTHING
from optiid.scim.search_form import search_form

if TYPE_CHECKING:
    from optiid.scim.attributes import Attribute
    from optiid.scim.resource_types import Location, ResourceType


def container_of(document: dict[str, Any], extension: str | None) -> dict[str, Any]:
    """Return the object that holds the attributes of the core schema or of an extension, making it when missing."""
    if extension is None:
        return document
    container: dict[str, Any] = document.setdefault(extension, {})
    return container


def selected(elements: list[Any], location: Location, value_filter: Tree, resource_type: ResourceType) -> list[int]:
    """Return the positions of those values of a multi-valued attribute that a value filter selects."""
    path = AttributePath(location.extension, location.attribute.name, None)
    tree = Each(path, value_filter)
    return [
        position
        for position, element in enumerate(elements)
        if matches(tree, _form(element, location, resource_type), resource_type)
    ]


def _form(element: Any, location: Location, resource_type: ResourceType) -> dict[str, Any]:
    document: dict[str, Any] = {location.attribute.name: [element]}
    return search_form(document if location.extension is None else {location.extension: document}, resource_type)


def described(value_filter: Tree, attribute: Attribute) -> dict[str, Any]:
    """Return the object that a filter of `eq` terms joined by `and` describes. Raises noTarget for any other."""
    parts = value_filter.parts if isinstance(value_filter, And) else (value_filter,)
    element: dict[str, Any] = {}
    for part in parts:
        sub = attribute.sub(part.path.attribute) if isinstance(part, Compare) and part.operator == "eq" else None
        if sub is None or not isinstance(part, Compare) or part.value is None:
            raise ScimError.no_target(f"No value of {attribute.name} matches [{value_filter}]")
        element[sub.name] = part.value
    return element


def canonical(attribute: Attribute, value: Any) -> Any:
    """Return a complex value under the names of its schema; names that it does not have are passed over.

    Raises invalidValue when the value is no object.
    """
    if attribute.type != "complex":
        return value
    if not isinstance(value, dict):
        raise ScimError.invalid_value(f"{attribute.name} must be an object with its sub-attributes")
    named: dict[str, Any] = {}
    for name, part in value.items():
        sub = attribute.sub(name)
        if sub is not None and sub.mutability != "readOnly":
            named[sub.name] = part
    return named


def new_element(attribute: Attribute, value: Any) -> Any:
    """Return a value of a multi-valued attribute as it will be stored, so that one sent again is recognised."""
    element = canonical(attribute, value)
    if element is value:
        return value
    return {name: part for name, part in element.items() if part is not None and part not in NOTHING}


def key_of_urn(document: dict[str, Any], urn: str) -> str | None:
    """Return the key of an extension, which is a URN and so the same in any case (RFC 8141, section 3)."""
    return next((name for name in document if name.lower() == urn.lower()), None)
