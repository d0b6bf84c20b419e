"""Does a filter hold for a search form? The reference meaning; the SQL compiler must agree with it."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any

from optiid.scim.filters.resolver import Element, Junction, Leaf, Negation, Resolved, resolve
from optiid.scim.search_form import folded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from optiid.scim.filters.tree import Tree
    from optiid.scim.resource_types import Location, ResourceType

OPERATIONS: dict[str, Callable[[str, str], bool]] = {
    "eq": operator.eq,
    "co": operator.contains,
    "sw": str.startswith,
    "ew": str.endswith,
    "gt": operator.gt,
    "ge": operator.ge,
    "lt": operator.lt,
    "le": operator.le,
}


def check_filter(tree: Tree, resource_type: ResourceType) -> None:
    """Raise invalidFilter for unknown attributes, and for operators and values that do not fit theirs."""
    resolve(tree, resource_type)


def matches(tree: Tree, form: dict[str, Any], resource_type: ResourceType) -> bool:
    """Say whether a filter holds for the search form of a document. Raises invalidFilter.

    Of a multi-valued attribute one value has to fulfil a comparison. `schemas` is told from the form: the core URN
    always, the URN of an extension when its object is there. `meta`, `members` and `groups` count if the form has them.
    """
    urns = [resource_type.schema.urn, *(urn for urn in resource_type.extensions if urn in form)]
    schemas = [*map(folded, urns), *form.get("schemas", ())]
    return _holds(resolve(tree, resource_type), form | {"schemas": schemas})


def _holds(resolved: Resolved, form: dict[str, Any]) -> bool:
    if isinstance(resolved, Junction):
        return (all if resolved.every else any)(_holds(part, form) for part in resolved.parts)
    if isinstance(resolved, Negation):
        return not _holds(resolved.part, form)
    if isinstance(resolved, Element):
        values = _attribute_values(form, resolved.location)
        return any(element_holds(resolved.inner, value) for value in values)
    return _leaf_holds(resolved, _leaf_values(form, resolved.location))


def _leaf_holds(leaf: Leaf, values: Iterator[Any]) -> bool:
    if leaf.operator == "pr":
        return any(value not in (None, "", {}, []) for value in values)
    compare = OPERATIONS[leaf.operator]
    return any(compare(value, leaf.literal) for value in values if isinstance(value, str))


def element_holds(resolved: Resolved, element: Any) -> bool:
    """Say whether what is resolved inside brackets holds for one value in its search form."""
    if isinstance(resolved, Junction):
        return (all if resolved.every else any)(element_holds(part, element) for part in resolved.parts)
    if isinstance(resolved, Negation):
        return not element_holds(resolved.part, element)
    if isinstance(resolved, Leaf):
        # A value that is no object is compared itself, by its name or as `value`.
        value = element.get(resolved.location.leaf.name.lower()) if isinstance(element, dict) else element
        return _leaf_holds(resolved, iter((value,)))
    return False


def _attribute_values(form: dict[str, Any], location: Location) -> list[Any]:
    container = form if location.extension is None else form.get(location.extension, {})
    value = container.get(location.attribute.name.lower())
    return value if isinstance(value, list) else [] if value is None else [value]


def _leaf_values(form: dict[str, Any], location: Location) -> Iterator[Any]:
    for value in _attribute_values(form, location):
        if location.sub_attribute is None:
            yield value
        else:
            yield value.get(location.sub_attribute.name.lower())
