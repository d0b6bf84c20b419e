"""From a filter to SQL: one boolean expression over `resource r` that is never NULL, with all values bound.

Each leaf is "present and compare", so `not` is plain negation. A property test keeps this and the in-memory matcher
identical on both databases.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from optiid.scim.filters.matcher import element_holds
from optiid.scim.filters.resolver import Element, Junction, Leaf, Negation, Resolved, required_equalities, resolve
from optiid.scim.filters.tree import AttributePath, Each
from optiid.scim.search_form import folded
from optiid.storage.keys import external_column, index_path, name_column, value_column
from optiid.storage.places import COMMON_COLUMNS, element_text, elements, search_keys
from optiid.storage.reference_sql import REFERENCES, Values, reference_condition

if TYPE_CHECKING:
    from optiid.scim.filters.tree import Tree
    from optiid.scim.resource_types import Location, ResourceType
    from optiid.storage.dialects import Dialect

Sql = tuple[str, Values]
TRUE, FALSE = "1 = 1", "1 = 0"
_SYMBOLS = {"eq": "=", "gt": ">", "ge": ">=", "lt": "<", "le": "<="}


def compile_filter(tree: Tree, resource_type: ResourceType, dialect: Dialect, organization: str) -> Sql:
    """Return the expression of a filter and its parameters. Raises invalidFilter."""
    return _Compiler(resource_type, dialect, organization).compile(resolve(tree, resource_type))


def compile_member_filter(where: Tree, resource_type: ResourceType, dialect: Dialect) -> tuple[Sql, str | None]:
    """Return the condition that a value filter sets on a member, `resource u`, and the one id it can hold for.

    The id is None when the filter asks for more than one. Raises invalidFilter.
    """
    resolved = resolve(Each(AttributePath(None, "members", None), where), resource_type)
    if not isinstance(resolved, Element):  # a value filter is resolved to nothing else
        return (FALSE, []), None
    only = required_equalities(resolved.inner).get("value")
    return _on_reference(resolved.inner, resolved.location, dialect), only


def _is_reference(location: Location) -> bool:
    return location.extension is None and location.attribute.name in REFERENCES


def compare(expression: str, leaf: Leaf, dialect: Dialect) -> Sql:
    """Return a comparison of a text expression with a literal; NULL becomes false."""
    operator, literal = leaf.operator, leaf.literal
    if operator == "pr":
        return f"({expression} IS NOT NULL AND {expression} <> '')", []
    found = f"{expression} IS NOT NULL AND"
    if operator == "co":
        position = "instr" if dialect.name == "sqlite" else "strpos"
        return f"({found} {position}({expression}, ?) > 0)", [literal]
    if operator == "sw":
        return f"({found} substr({expression}, 1, {len(literal)}) = ?)", [literal]
    if operator == "ew":
        start = f"length({expression}) - {len(literal)} + 1"
        return f"({found} substr({expression}, {start}) = ?)", [literal]
    ordered = expression if operator == "eq" else dialect.ordered(expression)
    return f"({found} {ordered} {_SYMBOLS[operator]} ?)", [literal]


@dataclass(frozen=True, slots=True)
class _Compiler:
    resource_type: ResourceType
    dialect: Dialect
    organization: str

    def compile(self, resolved: Resolved) -> Sql:
        if isinstance(resolved, Junction):
            return _joined(resolved.every, [self.compile(part) for part in resolved.parts])
        if isinstance(resolved, Negation):
            sql, values = self.compile(resolved.part)
            return f"NOT {sql}" if sql.startswith("(") else f"NOT ({sql})", values
        if isinstance(resolved, Element):
            return self._element(resolved)
        return self._leaf(resolved)

    def _element(self, element: Element) -> Sql:
        location = element.location
        if location.keys == ("schemas",):
            return self._schemas(location, element.inner)
        if _is_reference(location):
            return self._reference(location, element.inner)
        if not location.attribute.multi_valued:
            return self._single(element.inner, location)
        inner, values = _in_element(element.inner, self.dialect)
        exists = f"EXISTS (SELECT 1 FROM {elements(location, self.dialect)} WHERE {inner})"
        wanted = required_equalities(element.inner).get("value")
        if location.attribute.indexed and wanted is not None:
            # The index finds the few candidates; the exact test on their JSON decides.
            sql, index_values = self._indexed(location, wanted)
            return f"({sql} AND {exists})", [*index_values, *values]
        return f"({exists})", values

    def _single(self, inner: Resolved, location: Location) -> Sql:
        """Return a value filter on a single complex value (`name[givenName eq "x"]`), which looks at that value."""
        if isinstance(inner, Junction):
            return _joined(inner.every, [self._single(part, location) for part in inner.parts])
        if isinstance(inner, Negation):
            sql, values = self._single(inner.part, location)
            given = TRUE if location.keys == ("meta",) else f"{self._json_text(location)} IS NOT NULL"
            return f"({given} AND NOT ({sql}))", values
        return self.compile(inner)

    def _leaf(self, leaf: Leaf) -> Sql:
        location = leaf.location
        keys = location.keys
        if keys == ("schemas",):
            return self._schemas(location, leaf)
        if _is_reference(location):
            return self._reference(location, leaf)
        if keys in COMMON_COLUMNS:
            return compare(COMMON_COLUMNS[keys], leaf, self.dialect)
        return self._key(leaf) if leaf.operator == "eq" else self._json(leaf)

    def _key(self, leaf: Leaf) -> Sql:
        if leaf.location.keys == (self.resource_type.name_attribute,):
            return "r.name_key = ?", [name_column(leaf.literal)]
        if leaf.location.keys == ("externalId",):
            return "r.external_id = ?", [external_column(leaf.literal)]
        return self._json(leaf)

    def _json(self, leaf: Leaf) -> Sql:
        location = leaf.location
        if not location.attribute.multi_valued:
            return compare(self._json_text(location), leaf, self.dialect)
        if leaf.operator == "eq" and location.attribute.indexed and location.leaf.name == "value":
            return self._indexed(location, leaf.literal)
        sql, values = _in_element(leaf, self.dialect)
        return f"(EXISTS (SELECT 1 FROM {elements(location, self.dialect)} WHERE {sql}))", values

    def _indexed(self, location: Location, literal: str) -> Sql:
        # IN, not EXISTS: SQLite takes a hundred times longer for the latter.
        found = "SELECT v.resource FROM value_index v WHERE v.organization = ? AND v.path = ? AND v.value_key = ?"
        return f"(r.id IN ({found}))", [self.organization, index_path(location.attribute.name), value_column(literal)]

    def _json_text(self, location: Location) -> str:
        return self.dialect.json_text("r.search", search_keys(location))

    def _schemas(self, location: Location, inner: Resolved) -> Sql:
        """`schemas` is told from what is stored: the core URN always, an extension's when its object is there.

        Only the URNs of extensions that no schema describes are in the search form by themselves.
        """
        if element_holds(inner, folded(self.resource_type.schema.urn)):
            return TRUE, []
        stored = (self.dialect.json_text("r.search", (urn,)) for urn in self._urns_that(inner))
        others, values = _in_element(inner, self.dialect)
        others = f"EXISTS (SELECT 1 FROM {elements(location, self.dialect)} WHERE {others})"
        return f"({' OR '.join([*(f'{text} IS NOT NULL' for text in stored), others])})", values

    def _urns_that(self, inner: Resolved) -> list[str]:
        return [urn for urn in self.resource_type.extensions if element_holds(inner, folded(urn))]

    def _reference(self, location: Location, inner: Resolved) -> Sql:
        only = required_equalities(inner) if isinstance(inner, Leaf) else {}
        condition = _on_reference(inner, location, self.dialect)
        return reference_condition(location.attribute.name, self.organization, condition, only.get("value"))


def _on_reference(resolved: Resolved, location: Location, dialect: Dialect) -> Sql:
    """Return the condition on `resource u`, the one at the other end of a membership."""
    if isinstance(resolved, Junction):
        return _joined(resolved.every, [_on_reference(part, location, dialect) for part in resolved.parts])
    if isinstance(resolved, Negation):
        sql, values = _on_reference(resolved.part, location, dialect)
        return f"NOT ({sql})", values
    if not isinstance(resolved, Leaf) or resolved.location.sub_attribute is None:
        return TRUE, []
    expression = REFERENCES[location.attribute.name][resolved.location.sub_attribute.name]
    return compare(expression, resolved, dialect)


def _in_element(resolved: Resolved, dialect: Dialect) -> Sql:
    if isinstance(resolved, Junction):
        return _joined(resolved.every, [_in_element(part, dialect) for part in resolved.parts])
    if isinstance(resolved, Negation):
        sql, values = _in_element(resolved.part, dialect)
        return f"NOT ({sql})", values
    if isinstance(resolved, Leaf):
        return compare(element_text(resolved.location, dialect), resolved, dialect)
    return FALSE, []


def _joined(every: bool, parts: list[Sql]) -> Sql:
    if not parts:
        return (TRUE if every else FALSE), []
    word = " AND " if every else " OR "
    values: list[Any] = [value for _, bound in parts for value in bound]
    return f"({word.join(sql for sql, _ in parts)})", values
