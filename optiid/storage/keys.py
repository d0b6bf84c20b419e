"""From values to key columns: what unique indexes and look-ups compare.

PostgreSQL indexes hold about 2,700 bytes a row; a longer key is stored as its digest, since equality is all it serves.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from optiid.scim.search_form import comparable, name_key

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optiid.scim.resource_types import ResourceType

LONGEST_KEY_BYTES = 512
_DIGEST = "sha256:"


def value_column(text: str) -> str:
    """Return comparable text as an index holds it."""
    raw = text.encode()
    # Text that looks like a digest is digested too, else someone could store what another text's key is.
    if len(raw) <= LONGEST_KEY_BYTES and not text.startswith(_DIGEST):
        return text
    return _DIGEST + hashlib.sha256(raw).hexdigest()


def name_column(name: str) -> str:
    """Return the key of a name: names that only look different share it."""
    return value_column(name_key(name))


def external_column(external_id: str | None) -> str:
    """Return the key of an externalId, which is compared to the letter; empty for a resource without one.

    Never NULL: a filter then needs no second condition, which would keep the planner from its index.
    """
    return "" if external_id is None else value_column(external_id) or _DIGEST


def value_rows(document: dict[str, Any], resource_type: ResourceType) -> list[tuple[str, str]]:
    """Return (path, value key) for each value of the indexed multi-valued attributes, each once, sorted."""
    rows = set()
    for name, value in resource_type.indexed:
        for element in document.get(name, ()):
            text = comparable(value, element.get("value"))
            if text is not None:
                rows.add((index_path(name), value_column(text)))
    return sorted(rows)


def unique_rows(document: dict[str, Any], resource_type: ResourceType, state: str) -> dict[tuple[str, str], str]:
    """Return the values of unique attributes by (path, value key); who is gone holds none, as with names."""
    if state == "gone" or not resource_type.unique_locations:
        return {}
    return {
        (":".join(location.keys), value_column(text)): str(value)
        for location in resource_type.unique_locations
        for value in _values(document, location.keys)
        if (text := comparable(location.leaf, value)) is not None
    }


def _values(place: Any, keys: tuple[str, ...]) -> Iterator[Any]:
    if isinstance(place, list):
        for element in place:
            yield from _values(element, keys)
    elif not keys:
        yield place
    elif isinstance(place, dict) and keys[0] in place:
        yield from _values(place[keys[0]], keys[1:])


def index_path(attribute: str) -> str:
    """Return the path under which the values of an attribute are indexed."""
    return f"{attribute}.value"
