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

    from optiid.scim.resource_types import ResourceType

# Keys of a wire document, each with the keys below it that are meant; an empty mapping means all of them.
Keys = dict[str, Any]
ALWAYS = ("schemas", "id")
# What is remembered of a request must be small, however large the request may be.
LONGEST_LIST = 4096


@dataclass(frozen=True, slots=True)
class Projection:
    """What of a resource is answered: only `include` (None: everything by default) and nothing of `exclude`."""

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
            return _including(document, self.include | {name: {} for name in ALWAYS})
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
    if attributes:
        return Projection(include=_keys(resource_type, attributes))
    if excluded_attributes:
        excluded = _keys(resource_type, excluded_attributes)
        return Projection(exclude={name: below for name, below in excluded.items() if name not in ALWAYS})
    return EVERYTHING


def _keys(resource_type: ResourceType, names: Iterable[str]) -> Keys:
    keys: Keys = {}
    for name in names:
        path = _path_keys(resource_type, name)
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
