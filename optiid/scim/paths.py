"""PATCH paths and attribute names (RFC 7644, section 3.5.2, figure 7), resolved in a resource type."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from optiid.scim.errors import ScimError
from optiid.scim.filters.matcher import check_filter
from optiid.scim.filters.parser import (
    DEFAULT_LIMITS,
    FilterLimits,
    is_attribute_path,
    parse_attribute_path,
    parse_value_path,
)
from optiid.scim.filters.tree import AttributePath, Compare, Each, Tree

if TYPE_CHECKING:
    from optiid.scim.resource_types import Location, ResourceType

LENGTH_LIMIT = 1024
REMEMBERED_LENGTH = 256
_SHOWN = 120
_ONE_MEMBER = re.compile(r'(?i:members)\[value (eq) "([^"\\\x00-\x1f]*)"\]')


@dataclass(frozen=True, slots=True)
class Path:
    """Where a path leads: a location, perhaps only to the values a filter selects; a whole extension; or `opaque`.

    `opaque` is (URN), (URN, name) or (URN, name, sub-attribute) of an extension that no schema describes.
    """

    location: Location | None
    extension: str | None = None
    value_filter: Tree | None = None
    opaque: tuple[str, ...] | None = None


def parse_path(
    text: str, resource_type: ResourceType, limit: int = LENGTH_LIMIT, filter_limits: FilterLimits = DEFAULT_LIMITS
) -> Path:
    """Return where a path leads.

    Raises invalidPath for a path that cannot be read or names no attribute, and invalidFilter for what is wrong within
    its brackets.
    """
    if len(text) > limit:
        raise ScimError.invalid_path(f"The path has {len(text)} characters; at most {limit} are taken")
    if text.endswith('"]') and (found := _one_member(text, resource_type)):
        return found
    # Every client sends the same few paths, and each is asked for by the repairs and by the plan.
    read = _parse_path if len(text) <= REMEMBERED_LENGTH else _read_path
    return read(text, resource_type, filter_limits)


@lru_cache(maxsize=4096)
def _parse_path(text: str, resource_type: ResourceType, filter_limits: FilterLimits) -> Path:
    return _read_path(text, resource_type, filter_limits)


def _read_path(text: str, resource_type: ResourceType, filter_limits: FilterLimits) -> Path:
    if extension := resource_type.extension_urn(text):
        return Path(None, extension=extension)
    if text.lower() == resource_type.schema.urn.lower():
        raise ScimError.invalid_path(f"{text} means the whole {resource_type.name}: leave the path out")
    if "[" in text:
        return _filtered(text, resource_type, filter_limits)
    written = _read_name(text, resource_type)
    if written.urn is not None and _is_unregistered(written.urn, resource_type):
        names = (written.urn, written.attribute, written.sub_attribute)
        return Path(None, opaque=tuple(name for name in names if name))
    return Path(_locate(written, resource_type, text))


def _read_name(text: str, resource_type: ResourceType) -> AttributePath:
    if not is_attribute_path(text):
        raise _unknown(text, resource_type)
    return parse_attribute_path(text)


def _is_unregistered(urn: str, resource_type: ResourceType) -> bool:
    return urn.lower() != resource_type.schema.urn.lower() and resource_type.extension_urn(urn) is None


def _locate(written: AttributePath, resource_type: ResourceType, text: str) -> Location:
    location = resource_type.locate(written.urn, written.attribute, written.sub_attribute)
    if location is None:
        raise _unknown(text, resource_type)
    return location


def _unknown(text: str, resource_type: ResourceType) -> ScimError:
    return ScimError.invalid_path(
        f"{resource_type.name} has no attribute {text[:_SHOWN]!r}: correct it or remove it from the mapping"
    )


def _one_member(text: str, resource_type: ResourceType) -> Path | None:
    """Read `members[value eq "7"]` at one go, as the reader would: one request may have thousands of them."""
    match = _ONE_MEMBER.fullmatch(text) if text.isascii() else None
    location = resource_type.locate(None, "members") if match else None
    if match is None or location is None:
        return None
    positions = match.start(1) + 1, match.start(2)  # of the quotation mark, for people
    path = AttributePath(None, "value", None, len("members[") + 1)
    return Path(location, value_filter=Compare(path, "eq", match[2], positions))


def _filtered(text: str, resource_type: ResourceType, filter_limits: FilterLimits) -> Path:
    """Read `attribute[filter]` and `attribute[filter].sub`."""
    each, sub_name = parse_value_path(text, filter_limits)
    location = _locate(each.path, resource_type, text)
    if not location.attribute.multi_valued:
        raise ScimError.invalid_path(f"{each.path} has no values that a filter could select from")
    check_filter(Each(each.path, each.inner), resource_type)
    if sub_name is None:
        return Path(location, value_filter=each.inner)
    sub: Any = location.attribute.sub(sub_name)
    if sub is None:
        raise _unknown(f"{each.path}.{sub_name}", resource_type)
    return Path(location.with_sub(sub), value_filter=each.inner)
