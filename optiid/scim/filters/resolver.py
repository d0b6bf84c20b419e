"""What a filter means in a resource type: attributes found, literals made comparable, misfits refused.

Both the in-memory matcher and the SQL compiler work on the result, so they cannot differ in reading a filter.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache, reduce
from typing import TYPE_CHECKING, Any

from optiid.scim.errors import ScimError
from optiid.scim.filters.tree import OPERATORS, And, AttributePath, Compare, Each, Not, Present, Tree
from optiid.scim.search_form import comparable, id_in_link

if TYPE_CHECKING:
    from collections.abc import Callable

    from optiid.scim.resource_types import Location, ResourceType

_SHOWN = 120
_WANTED = {
    "boolean": "true or false",
    "integer": "a number",
    "decimal": "a number",
    "dateTime": "a date and time such as 2026-11-24T10:00:00Z",
}
_ORDERED = ("eq", "ne", "gt", "ge", "lt", "le")
# What is not listed is text and has them all.
_DEFINED: dict[str, tuple[str, ...]] = {
    "link": ("eq", "ne"),
    "boolean": ("eq", "ne"),
    "binary": ("eq", "ne"),
    "integer": _ORDERED,
    "decimal": _ORDERED,
    "dateTime": _ORDERED,
}


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


def resolve(tree: Tree, resource_type: ResourceType) -> Resolved:
    """Return what a filter means. Raises invalidFilter for unknown attributes and operators or values that misfit.

    `ne` is the opposite of `eq`, so a resource without the attribute matches it; `eq null` means not present. A
    complex attribute compares its `value` (RFC 7644, section 3.4.2.2, on `emails co "example.com"`), and is present
    when one of its parts is. The URN of a schema is present when the resource has values of it.
    """
    if isinstance(tree, Compare) and tree.value is not None:  # as quick as to look whether it is known
        return _comparison(tree, _located(tree.path, resource_type))
    return _resolve(tree, resource_type)


@lru_cache(maxsize=2048)
def _resolve(tree: Tree, resource_type: ResourceType) -> Resolved:
    def locate(path: AttributePath) -> Location:
        return _located(path, resource_type)

    def find_schema(path: AttributePath) -> Resolved | None:
        urn = str(path).lower()
        if path.urn is None or (urn != resource_type.schema.urn.lower() and not resource_type.extension_urn(urn)):
            return None
        schemas = locate(AttributePath(None, "schemas"))
        return Leaf(schemas, "eq", str(comparable(schemas.attribute, urn)))

    return _Reader(locate, find_schema).read(tree)


def _located(path: AttributePath, resource_type: ResourceType) -> Location:
    location = resource_type.locate(path.urn, path.attribute, path.sub_attribute)
    if location is None:
        raise refusal(f"{resource_type.name} has no attribute {str(path)[:_SHOWN]!r}", path.position)
    return location


def refusal(told: str, position: int) -> ScimError:
    """Return invalidFilter for what stands at a position of the text; 0 where it was never written."""
    return ScimError.invalid_filter(f"Filter: {told}" + (f" (at position {position})" if position else ""))


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads trees whose paths `locate` understands; inside brackets those are the parts of one attribute."""

    locate: Callable[[AttributePath], Location]
    find_schema: Callable[[AttributePath], Resolved | None] = lambda _path: None

    def read(self, tree: Tree) -> Resolved:
        if isinstance(tree, Compare):
            return self._null(tree) if tree.value is None else _comparison(tree, self.locate(tree.path))
        if isinstance(tree, Present):
            return self._present(tree.path)
        if isinstance(tree, Not):
            return Negation(self.read(tree.part))
        if isinstance(tree, Each):
            return _element(tree, self.locate(tree.path))
        return Junction(isinstance(tree, And), tuple(self.read(part) for part in tree.parts))

    def _present(self, path: AttributePath) -> Resolved:
        return self.find_schema(path) or _present(self.locate(path), path.position)

    def _null(self, tree: Compare) -> Resolved:
        if tree.operator not in ("eq", "ne"):
            raise refusal(f"null can only be compared by eq and ne, not {tree.operator}", tree.positions[0])
        present = self._present(tree.path)
        return present if tree.operator == "ne" else Negation(present)


def _element(tree: Each, location: Location) -> Element:
    if location.sub_attribute is not None or not location.attribute.parts:
        raise refusal(f"{tree.path} has no values that [...] could select from", tree.path.position)

    def locate_part(path: AttributePath) -> Location:
        part = location.attribute.part(path.attribute) if path.urn is None and path.sub_attribute is None else None
        if part is None:
            told = f"{location.attribute.name} has no sub-attribute {str(path)[:_SHOWN]!r}"
            raise refusal(told, path.position)
        return location.with_sub(part)

    return Element(location, _Reader(locate_part).read(tree.inner))


def _present(location: Location, position: int) -> Resolved:
    if location.leaf.type != "complex":
        return Leaf(_readable(location, position), "pr")
    # RFC 7644, section 3.4.2.2: "or if it contains a non-empty node for complex attributes".
    parts = (part for part in location.attribute.sub_attributes if part.returned != "never" and part.name != "$ref")
    return Element(location, Junction(every=False, parts=tuple(Leaf(location.with_sub(part), "pr") for part in parts)))


def _readable(location: Location, position: int) -> Location:
    """Return where the value to compare is; `$ref` is a link that the server makes from `value`."""
    if "never" in (location.attribute.returned, location.leaf.returned):
        raise refusal(f"{location.leaf.name} cannot be searched", position)
    value = location.attribute.sub("value")
    return location.with_sub(value) if location.leaf.name == "$ref" and value else location


def _is_link(location: Location) -> bool:
    return location.leaf.name == "$ref" or location.keys == ("meta", "location")


def _comparison(tree: Compare, location: Location) -> Resolved:
    if location.leaf.type == "complex":
        value = location.attribute.sub("value")
        if value is None:
            example = f"{tree.path}.{location.attribute.sub_attributes[0].name}"
            told = f"{tree.path} has parts; name one, for example {example}"
            raise refusal(told, tree.path.position)
        location = location.with_sub(value)
    _check_operator(tree, location)
    literal = _literal(tree, location)
    location = _readable(location, tree.path.position)
    if tree.operator == "ne":
        return Negation(Leaf(location, "eq", literal))
    return Leaf(location, tree.operator, literal)


def _check_operator(tree: Compare, location: Location) -> None:
    """Refuse an operator that is not defined for a type (RFC 7644, section 3.4.2.2, on gt, ge, lt and le)."""
    kind = "link" if _is_link(location) else location.leaf.type
    defined = _DEFINED.get(kind, OPERATORS)
    if tree.operator not in defined:
        told = f"{tree.operator} is not defined for {tree.path} ({kind}): use {', '.join(defined)} or pr"
        raise refusal(told, tree.positions[0])


def _literal(tree: Compare, location: Location) -> str:
    literal = comparable(location.leaf, tree.value)
    if literal is None:
        raise refusal(
            f"{tree.path} is compared with {_WANTED.get(location.leaf.type, 'text in quotes')}", tree.positions[1]
        )
    return id_in_link(literal) if _is_link(location) else literal


def required_equalities(resolved: Resolved) -> dict[str, str]:
    """Return literals that an element must equal, by sub-attribute name: eq leaves joined by `and` only."""
    if isinstance(resolved, Leaf) and resolved.operator == "eq" and resolved.location.sub_attribute is not None:
        return {resolved.location.sub_attribute.name: resolved.literal}
    if isinstance(resolved, Junction) and resolved.every:
        found: dict[str, Any] = reduce(lambda known, part: known | required_equalities(part), resolved.parts, {})
        return found
    return {}
