"""`attributes`, `excludedAttributes` and `returned` (RFC 7644, section 3.9; RFC 7643, section 7)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from optiid.scim.errors import ScimError
from optiid.scim.paths import parse_path
from optiid.scim.schemas.base import NOTHING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from optiid.scim.resource_types import Location, ResourceType

# Keys of a wire document, each with the keys below it that are meant; an empty mapping means all of them.
Keys = dict[str, Any]
ALWAYS = ("schemas", "id")
# What is remembered of a request must be small, however large the request may be.
LONGEST_LIST = 4096


@dataclass(frozen=True, slots=True)
class Projection:
    """What of a resource is answered: only `include` (None: all that is by default), and of that no `exclude`."""

    include: Keys | None = None
    exclude: Keys | None = None

    def wants(self, name: str) -> bool:
        """Say whether a top-level attribute is answered, so that what is not asked for is never loaded."""
        if self.include is not None:
            return name in self.include
        return self.exclude is None or self.exclude.get(name) != {}

    def names(self, name: str, sub_attribute: str) -> bool:
        """Say whether a sub-attribute is asked for by name, as those returned on request have to be."""
        return self.include is not None and sub_attribute in self.include.get(name, {})

    def apply(self, document: dict[str, Any]) -> dict[str, Any]:
        """Return what of a wire document is answered; `id` and `schemas` always are."""
        if self.include is not None:
            document = _including(document, self.include | {name: {} for name in ALWAYS})
        return document if self.exclude is None else _excluding(document, self.exclude)


EVERYTHING = Projection()


def read_projection(
    resource_type: ResourceType, attributes: tuple[str, ...], excluded_attributes: tuple[str, ...]
) -> Projection:
    """Return the projection two lists of names ask for; names that no schema has are passed over.

    Raises invalidValue when both lists are given, since they exclude each other (RFC 7644, section 3.9), and when they
    are longer than any schema needs.
    """
    if attributes and excluded_attributes:
        raise ScimError.invalid_value("Give attributes or excludedAttributes, not both")
    if sum(map(len, attributes + excluded_attributes)) > LONGEST_LIST:
        raise ScimError.invalid_value(f"The names of attributes have more than {LONGEST_LIST} characters together")
    return _read_projection(resource_type, attributes, excluded_attributes)


@lru_cache(maxsize=1024)
def _read_projection(
    resource_type: ResourceType, attributes: tuple[str, ...], excluded_attributes: tuple[str, ...]
) -> Projection:
    always = [location for location in resource_type.specially_returned if location.leaf.returned == "always"]
    named = [path for name in attributes or excluded_attributes for path in _paths(resource_type, name)]
    if attributes:
        include = _keys([*named, *(location.keys for location in always)])
        return Projection(include, _keys(_unshown(resource_type, named)) or None)
    left_out = [path for path in named if path and path[0] not in ALWAYS]
    excluded = _keys([*left_out, *_unshown(resource_type, [])])
    for location in always:
        _spare(excluded, location.keys, _names_below(resource_type, location))
    return Projection(exclude=excluded) if excluded else EVERYTHING


def _unshown(resource_type: ResourceType, named: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """Return the paths of what is never answered, and of what is by request and was not named."""
    return [
        keys
        for location in resource_type.specially_returned
        if (keys := location.keys) and location.leaf.returned != "always"
        if location.leaf.returned == "never" or not any(path[: len(keys)] == keys for path in named)
    ]


def _names_below(resource_type: ResourceType, location: Location) -> list[list[str]]:
    """Return the names that stand beside each key of a location of an extension but the first."""
    schema = resource_type.extensions[location.extension or ""]
    return [[one.name for one in schema.attributes], [one.name for one in location.attribute.sub_attributes]]


def _spare(keys: Keys, path: tuple[str, ...], names: list[list[str]]) -> None:
    """Take what is always answered out of the keys that are left out; `names` are all names on each level below."""
    if path[0] not in keys:
        return
    below: Keys = {}
    if len(path) > 1:
        below = keys[path[0]] or {name: {} for name in names[0]}
        _spare(below, path[1:], names[1:])
    if below:
        keys[path[0]] = below
    else:
        del keys[path[0]]


def _keys(paths: Iterable[tuple[str, ...]]) -> Keys:
    keys: Keys = {}
    for path in paths:
        place, last = keys, len(path) - 1
        for depth, key in enumerate(path):
            known = place.get(key)
            if known == {}:
                break
            if depth == last:
                place[key] = {}
            else:
                place = place.setdefault(key, {})
    return keys


def _paths(resource_type: ResourceType, name: str) -> list[tuple[str, ...]]:
    """Return the keys that a name leads to; the URN of the core schema means all attributes of it."""
    if name.lower() == resource_type.schema.urn.lower():
        return [(attribute.name,) for attribute in resource_type.schema.attributes]
    return [_path_keys(resource_type, name)]


def _path_keys(resource_type: ResourceType, name: str) -> tuple[str, ...]:
    try:
        path = parse_path(name, resource_type)
    except ScimError:
        return ()
    if path.location is not None:
        return path.location.keys
    return (path.extension,) if path.extension else (":".join(path.opaque or ()),)


def _including(document: dict[str, Any], keys: Keys) -> dict[str, Any]:
    return _given({name: _included(value, keys[name]) for name, value in document.items() if name in keys})


def _included(value: Any, keys: Keys) -> Any:
    if not keys:
        return value
    if isinstance(value, list):
        return [left for element in value if (left := _included(element, keys)) != {}]
    return _including(value, keys) if isinstance(value, dict) else value


def _excluding(document: dict[str, Any], keys: Keys) -> dict[str, Any]:
    left = {name: _excluded(value, keys.get(name, {})) for name, value in document.items() if keys.get(name) != {}}
    return _given(left)


def _excluded(value: Any, keys: Keys) -> Any:
    if not keys:
        return value
    if isinstance(value, list):
        return [left for element in value if (left := _excluded(element, keys)) != {}]
    return _excluding(value, keys) if isinstance(value, dict) else value


def _given(document: dict[str, Any]) -> dict[str, Any]:
    """Return what is left without what is empty: that would mean the same as nothing (RFC 7643, section 2.5)."""
    return {name: value for name, value in document.items() if value not in NOTHING}
