"""From a sort key to SQL: its expression, ORDER BY, and the condition that seeks a cut (RFC 7644, section 3.4.2.3).

Missing values come last going up and first going down; ids settle ties, going up in either direction. There is no
OFFSET in a seek: results are told apart by value, so changes before a cut move nothing behind it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from optiid.storage.places import COMMON_COLUMNS, element_text, elements, search_keys

if TYPE_CHECKING:
    from optiid.scim.cursors import Cut
    from optiid.scim.resource_types import Location
    from optiid.storage.dialects import Dialect

# A location begins with the base URL for every resource, so what follows decides.
_LOCATION = {("meta", "location"): "(r.type || '/' || r.id)"}
_MISSING = "CAST(NULL AS TEXT)"


def sort_key(location: Location | None, dialect: Dialect) -> str:
    """Return the expression that a resource is sorted by, NULL when it has none.

    Of a multi-valued attribute the primary value counts, else the first (RFC 7644, section 3.4.2.3).
    """
    if location is None:
        return dialect.ordered(_MISSING)
    column = (COMMON_COLUMNS | _LOCATION).get(location.keys) if location.extension is None else None
    return dialect.ordered(column or _in_search_form(location, dialect))


def _in_search_form(location: Location, dialect: Dialect) -> str:
    if not location.attribute.multi_valued:
        return dialect.json_text("r.search", search_keys(location))
    first = "e.position"
    if location.attribute.type == "complex":
        first = f"(COALESCE({dialect.element_text('primary')}, '') = 'true') DESC, e.position"
    return f"(SELECT {element_text(location, dialect)} FROM {elements(location, dialect)} ORDER BY {first} LIMIT 1)"


@dataclass(frozen=True, slots=True)
class Order:
    """How results follow each other: by sort key or by id alone, up or down, perhaps read from the end."""

    keyed: bool = False
    descending: bool = False
    backward: bool = False

    def by(self, ident: str) -> str:
        """Return the ORDER BY terms over a column `sort_key` and the ids."""
        ids = f"{ident} DESC" if self.backward else ident
        if not self.keyed:
            return ids
        keys = "sort_key ASC NULLS LAST" if self._rising else "sort_key DESC NULLS FIRST"
        return f"{keys}, {ids}"

    def seek(self, key: str, cut: Cut) -> tuple[str, list[Any]]:
        """Return the condition that a resource lies beyond a cut, on the side that is read."""
        ids = "r.id < ?" if self.backward else "r.id >= ?"
        if not self.keyed:
            return ids, [cut.ident]
        if cut.key is None:
            present = "" if self._rising else f"{key} IS NOT NULL OR "
            return f"({present}({key} IS NULL AND {ids}))", [cut.ident]
        missing = f" OR {key} IS NULL" if self._rising else ""
        sign = ">" if self._rising else "<"
        return f"({key} {sign} ? OR ({key} = ? AND {ids}){missing})", [cut.key, cut.key, cut.ident]

    @property
    def _rising(self) -> bool:
        return self.descending == self.backward
