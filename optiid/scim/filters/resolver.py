"""What a filter means in a resource type: attributes found, literals made comparable, misfits refused.

Both the in-memory matcher and the SQL compiler work on the result, so they cannot differ in reading a filter.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache, reduce
from typing import TYPE_CHECKING, Any

from optiid.scim.errors import ScimError
from optiid.scim.filters.tree import And, AttributePath, Compare, Each, Not, Present, Tree
from optiid.scim.search_form import comparable

if TYPE_CHECKING:
    from collections.abc import Callable

    from optiid.scim.resource_types import Location, ResourceType

TEXT_OPERATORS = ("co", "sw", "ew")
_WANTED = {"boolean": "true or false", "integer": "a number", "decimal": "a number", "dateTime": "a date and time"}


@dataclass(frozen=True, slots=True)
class Leaf:
    """One comparison: operator eq, co, sw, ew, gt, ge, lt, le or pr, and the literal in its comparable form."""

    location: Location
    operator: str
    literal: str = ""


@dataclass(frozen=True, slots=True)
class Element:
    """One value of a multi-valued attribute fulfils `inner`, whose leaves are its sub-attributes."""

    location: Location
    inner: Resolved


@dataclass(frozen=True, slots=True)
class Junction:
    """All parts hold (`every`), or at least one does."""

    every: bool
    parts: tuple[Resolved, ...]


@dataclass(frozen=True, slots=True)
class Negation:
    """The part does not hold."""

    part: Resolved


Resolved = Leaf | Element | Junction | Negation


@lru_cache(maxsize=2048)
def resolve(tree: Tree, resource_type: ResourceType) -> Resolved:
    """Return what a filter means. Raises invalidFilter for unknown attributes and operators or values that misfit.

    `ne` is the opposite of `eq`, so a resource without the attribute matches it; `eq null` means not present. A
    complex attribute compares its `value` (RFC 7644, section 3.4.2.2, on `emails co "example.com"`).
    """
    return _resolve(tree, lambda path: _locate(path, resource_type))


def _resolve(tree: Tree, locate: Callable[[AttributePath], Location]) -> Resolved:
    if isinstance(tree, Compare):
        return _comparison(tree, locate(tree.path))
    if isinstance(tree, Present):
        return Leaf(_readable(locate(tree.path)), "pr")
    if isinstance(tree, Not):
        return Negation(_resolve(tree.part, locate))
    if isinstance(tree, Each):
        return _element(tree, locate(tree.path))
    return Junction(isinstance(tree, And), tuple(_resolve(part, locate) for part in tree.parts))


def _locate(path: AttributePath, resource_type: ResourceType) -> Location:
    location = resource_type.locate(path.urn, path.attribute, path.sub_attribute)
    if location is None:
        raise ScimError.invalid_filter(f"Filter: {resource_type.name} has no attribute {str(path)[:120]!r}")
    return location


def _element(tree: Each, location: Location) -> Element:
    if location.sub_attribute is not None or not location.attribute.parts or location.keys == ("schemas",):
        raise ScimError.invalid_filter(f"Filter: {tree.path} has no values that [...] could select from")

    def locate_sub(path: AttributePath) -> Location:
        sub = location.attribute.part(path.attribute) if path.urn is None and path.sub_attribute is None else None
        if sub is None:
            raise ScimError.invalid_filter(
                f"Filter: {location.attribute.name} has no sub-attribute {str(path)[:120]!r}"
            )
        return location.with_sub(sub)

    return Element(location, _resolve(tree.inner, locate_sub))


def _readable(location: Location) -> Location:
    if location.leaf.returned == "never":
        raise ScimError.invalid_filter(f"Filter: {location.leaf.name} cannot be searched")
    if location.leaf.name == "$ref" or location.keys == ("meta", "location"):
        raise ScimError.invalid_filter(f"Filter: {'.'.join(location.keys)} cannot be searched: compare the id")
    return location


def _comparison(tree: Compare, location: Location) -> Resolved:
    if tree.value is None:
        return _null(tree, location)
    if location.leaf.type == "complex":
        value = location.attribute.sub("value")
        if value is None:
            raise ScimError.invalid_filter(f"Filter: {tree.path} has parts; name one, for example {_example(location)}")
        location = location.with_sub(value)
    location = _readable(location)
    literal = _literal(tree, location)
    if tree.operator == "ne":
        return Negation(Leaf(location, "eq", literal))
    return Leaf(location, tree.operator, literal)


def _example(location: Location) -> str:
    return f"{location.attribute.name}.{location.attribute.sub_attributes[0].name}"


def _null(tree: Compare, location: Location) -> Resolved:
    if tree.operator not in ("eq", "ne"):
        raise ScimError.invalid_filter(f"Filter: null can only be compared by eq and ne, not {tree.operator}")
    present = Leaf(_readable(location), "pr")
    return present if tree.operator == "ne" else Negation(present)


def _literal(tree: Compare, location: Location) -> str:
    attribute, operator = location.leaf, tree.operator
    kind = attribute.type
    literal = comparable(attribute, tree.value)
    if literal is None:
        raise ScimError.invalid_filter(f"Filter: {tree.path} is compared with {_WANTED.get(kind, 'text in quotes')}")
    if kind in ("boolean", "binary") and operator not in ("eq", "ne"):
        raise ScimError.invalid_filter(f"Filter: {operator} is not defined for {tree.path}, which is {kind}: use eq")
    if operator in TEXT_OPERATORS and kind in ("integer", "decimal", "dateTime"):
        raise ScimError.invalid_filter(f"Filter: {operator} is for text, and {tree.path} is {kind}: use eq, gt or lt")
    return literal


def required_equalities(resolved: Resolved) -> dict[str, str]:
    """Return literals that an element must equal, by sub-attribute name: eq leaves joined by `and` only."""
    if isinstance(resolved, Leaf) and resolved.operator == "eq" and resolved.location.sub_attribute is not None:
        return {resolved.location.sub_attribute.name: resolved.literal}
    if isinstance(resolved, Junction) and resolved.every:
        found: dict[str, Any] = reduce(lambda known, part: known | required_equalities(part), resolved.parts, {})
        return found
    return {}
