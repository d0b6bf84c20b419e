"""Where the values of an attribute are in a row of `resource r`, for filters and for sorting alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from optiid.scim.resource_types import Location
    from optiid.storage.dialects import Dialect

# Where common attributes live; their columns hold the comparable form, and none of them is ever NULL.
COMMON_COLUMNS = {
    ("id",): "r.id",
    ("meta", "location"): "r.id",  # links compare by id
    ("meta", "created"): "r.created_at",
    ("meta", "lastModified"): "r.updated_at",
    ("meta", "version"): "('W/\"' || CAST(r.version AS TEXT) || '\"')",
    ("meta", "resourceType"): "r.type",
}


def search_keys(location: Location) -> tuple[str, ...]:
    """Return the keys that lead to a leaf in the search form: the URN as it is, names in lower case."""
    start = 0 if location.extension is None else 1
    return (*location.keys[:start], *(key.lower() for key in location.keys[start:]))


def element_text(location: Location, dialect: Dialect) -> str:
    """Return the expression of a leaf in `e`, one of the values of a multi-valued attribute."""
    if location.sub_attribute is None or location.attribute.type != "complex":
        return dialect.element_text(None)  # a value that is no object is compared itself
    return dialect.element_text(location.sub_attribute.name.lower())


def elements(location: Location, dialect: Dialect) -> str:
    """Return the FROM item `e` that runs through the values of a multi-valued attribute."""
    return dialect.json_elements("r.search", search_keys(location)[: -1 if location.sub_attribute else None])
