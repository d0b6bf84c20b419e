"""Read resources of the SCIM plane: one by id, or a page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from optiid.scim.errors import ScimError
from optiid.scim.filters.parser import FilterLimits, parse_filter
from optiid.scim.paths import parse_path
from optiid.scim.rendering import Reference
from optiid.storage import memberships, resources, searching

if TYPE_CHECKING:
    from collections.abc import Sequence

    from optiid.scim.messages import Query
    from optiid.scim.projection import Projection
    from optiid.scim.resource_types import Location, ResourceType
    from optiid.storage.database import Database
    from optiid.storage.resources import Scope, Stored

# More members than these are not sent back after a PATCH; the answer is 204 then (RFC 7644, section 3.5.2).
ANSWERED_MEMBERS = 100
References = dict[str, list[Reference]]


@dataclass(frozen=True, slots=True)
class PageLimits:
    """How many resources a page holds when no count is asked for, and at most."""

    default: int = 100
    largest: int = 200


@dataclass(frozen=True, slots=True)
class Found:
    """A page of resources, how many there are in all, and where the page begins."""

    resources: list[Stored]
    total: int
    start_index: int


def not_found(resource_type: ResourceType, ident: str) -> ScimError:
    """Return the 404 that hides whether a resource is unknown or another connection's (rule R2)."""
    return ScimError.not_found(f"There is no {resource_type.name} {ident[:64]!r} here")


def get(database: Database, scope: Scope, resource_type: ResourceType, ident: str) -> Stored:
    """Return one resource. Raises 404."""
    stored = database.reading(lambda: resources.fetch(database, scope, resource_type, ident))
    if stored is None:
        raise not_found(resource_type, ident)
    return stored


def search(
    database: Database,
    scope: Scope,
    resource_type: ResourceType,
    query: Query,
    limits: tuple[PageLimits, FilterLimits],
) -> Found:
    """Return the page that a query asks for. Raises invalidFilter, invalidPath and invalidValue."""
    pages, filters = limits
    tree = None
    if query.filter is not None:
        tree = parse_filter(query.filter, filters)
    sort_by = None if query.sort_by is None else _sort_location(query.sort_by, resource_type)
    count = min(pages.default if query.count is None else query.count, pages.largest)
    part, stretch = searching.Part(resource_type, tree, sort_by), searching.Stretch(count, query.start_index)
    page = database.reading(lambda: searching.page(database, scope, [part], stretch, descending=query.descending))
    return Found(page.resources, page.total, query.start_index)


def is_sortable(name: str, resource_type: ResourceType) -> bool:
    """Say whether resources of a type can be sorted by an attribute."""
    try:
        _sort_location(name, resource_type)
    except ScimError:
        return False
    return True


def _sort_location(name: str, resource_type: ResourceType) -> Location:
    """Return where a sort key lives; a complex attribute sorts by its `value` (RFC 7644, section 3.4.2.3)."""
    try:
        location = parse_path(name, resource_type).location
    except ScimError as error:
        raise ScimError.invalid_path(f"Cannot sort by {name[:80]!r}: {error.detail}") from error
    if location is not None and location.leaf.type == "complex":
        value = location.attribute.sub("value")
        location = None if value is None else location.with_sub(value)
    if location is None or location.leaf.returned == "never" or location.attribute.name in ("members", "groups"):
        raise ScimError.invalid_path(f"Cannot sort by {name[:80]!r}: name a simple attribute")
    return location


def is_small_group(database: Database, scope: Scope, group_id: str) -> bool:
    """Say whether a group has so few members that a PATCH may be answered with all of them."""
    return database.reading(lambda: memberships.has_at_most(database, scope, group_id, ANSWERED_MEMBERS))


def references(
    database: Database, scope: Scope, resource_type: ResourceType, found: Sequence[Stored], projection: Projection
) -> References:
    """Return members of groups or groups of users, by id; nothing is read that the answer leaves out."""
    idents = [stored.id for stored in found]
    if not idents:
        return {}
    if resource_type.attribute("members"):
        if projection.wants("members"):
            members = database.reading(lambda: memberships.members_of(database, scope, idents))
            return members if projection.names("members", "display") else _without_display(members)
    elif resource_type.attribute("groups") and projection.wants("groups"):
        return database.reading(lambda: memberships.groups_of(database, scope, idents))
    return {}


def _without_display(found: References) -> References:
    return {ident: [Reference(one.id, one.type, None) for one in members] for ident, members in found.items()}
