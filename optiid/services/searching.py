"""Search one resource type or several: a page by index, or one by cursor that belongs to its query alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from optiid.scim.cursors import Cursor, seal, unseal
from optiid.scim.errors import ScimError
from optiid.scim.filters.absence import with_absence
from optiid.scim.filters.matcher import check_filter
from optiid.scim.filters.narrowing import check_equality_of_names
from optiid.scim.filters.parser import FilterLimits, parse_filter
from optiid.scim.filters.tree import Compare
from optiid.scim.paths import parse_path
from optiid.services import teams
from optiid.storage import resources
from optiid.storage.cursor_keys import cursor_key
from optiid.storage.searching import Page, Part, Stretch, page

if TYPE_CHECKING:
    from collections.abc import Sequence

    from optiid.scim.messages import Query
    from optiid.scim.resource_types import Location, ResourceType
    from optiid.storage.database import Database
    from optiid.storage.resources import Scope, Stored

# A resource type, and the query as the profile has it for that type.
Asked = tuple["ResourceType", "Query"]


@dataclass(frozen=True, slots=True)
class PageLimits:
    """How many resources a page holds when no count is asked for, and at most, and how long its cursors can be used."""

    default: int = 100
    largest: int = 200
    cursor_seconds: int = 3600


class Found(NamedTuple):
    """A page of resources and how many there are in all; where it begins, or, for a page by cursor, what is around."""

    resources: list[Stored]
    total: int
    start_index: int | None
    next_cursor: str | None = None
    previous_cursor: str | None = None


def search(database: Database, scope: Scope, asked: Sequence[Asked], limits: tuple[PageLimits, FilterLimits]) -> Found:
    """Return the page that a query asks for, in one order over all types that are asked.

    An attribute that one of them does not have, in the filter or as sort key, is without a value in it (RFC 7644,
    section 3.4.2.1). Raises invalidFilter, invalidPath, invalidValue,
    invalidCursor and expiredCursor.
    """
    pages, filters = limits
    query = asked[0][1]
    if len(asked) == 1 and (name := _sought(*asked[0], filters)) is not None:
        bearer = database.reading(lambda: resources.bearer(database, scope, asked[0][0], name))
        return Found([] if bearer is None else [bearer], int(bearer is not None), 1)
    parts = _parts(asked, filters)
    # What is announced as the largest page is that, "regardless of what is specified" (RFC 9865, section 4).
    count = min(pages.default if query.count is None else query.count, pages.largest)
    walk = _Walk(database, scope, parts, query.descending)
    if query.cursor is None:
        found = walk.page(Stretch(count, query.start_index))
        return Found(found.resources, found.total, query.start_index)
    bound = [*walk.bound, [one.filter for _, one in asked]]
    return _by_cursor(walk, bound, query.cursor, count, pages.cursor_seconds)


def _sought(resource_type: ResourceType, query: Query, limits: FilterLimits) -> str | None:
    """Return the name of a query for the one user that bears it, which comes before each write; None for any other.

    Groups can be meant by a part of their names.
    """
    if query.filter is None or query.cursor is not None or query.sort_by or query.start_index > 1 or query.count == 0:
        return None
    tree = parse_filter(query.filter, limits)
    if not isinstance(tree, Compare) or tree.operator != "eq" or not isinstance(tree.value, str):
        return None
    path, name = tree.path, resource_type.name_attribute
    is_name = path.attribute.lower() == name.lower() and path.sub_attribute is None and path.urn is None
    return tree.value if is_name and resource_type.attribute("members") is None else None


def _by_cursor(walk: _Walk, bound: list[object], text: str, count: int, lifetime: int) -> Found:
    secret = cursor_key(walk.database, walk.scope.organization)
    cursor = unseal(secret, bound, text, lifetime) if text else None
    found = walk.page(Stretch(count, cursor=cursor))
    if not count:  # the client asks how many there are; a cursor would have it ask for ever
        return Found([], found.total, None)
    after = None if found.after is None else seal(secret, bound, Cursor(found.after, total=found.total))
    before = None if found.before is None else seal(secret, bound, Cursor(found.before, True, found.total))
    return Found(found.resources, found.total, None, after, before)


@dataclass(frozen=True, slots=True)
class _Walk:
    """A search whose pages can be read."""

    database: Database
    scope: Scope
    parts: list[Part]
    descending: bool

    def page(self, stretch: Stretch) -> Page:
        """Return the page; teams are looked for by their names without suffix when nothing has the name in full."""
        found = self._page(self.parts, stretch)
        if found.total:
            return found
        parts = self.database.reading(lambda: teams.with_full_names(self.database, self.scope, self.parts))
        return found if parts is None else self._page(parts, stretch)

    def _page(self, parts: list[Part], stretch: Stretch) -> Page:
        return self.database.reading(
            lambda: page(self.database, self.scope, parts, stretch, descending=self.descending)
        )

    @property
    def bound(self) -> list[object]:
        """What its cursors are good for: this connection, these types, this order."""
        keys = [[part.resource_type.name, part.sort_by and part.sort_by.keys] for part in self.parts]
        return [self.scope.organization, self.scope.connection, keys, self.descending]


def _parts(asked: Sequence[Asked], limits: FilterLimits) -> list[Part]:
    keys = _sort_keys(asked)
    types = [resource_type for resource_type, _ in asked]
    parts = []
    for (resource_type, query), key in zip(asked, keys, strict=True):
        tree = None if query.filter is None else parse_filter(query.filter, limits)
        if tree is not None and limits.equality_of_names:
            check_equality_of_names(tree, resource_type)
        if tree is not None and len(types) > 1:
            tree = with_absence(tree, resource_type, types)
            check_filter(tree, resource_type)
        parts.append(Part(resource_type, tree, key))
    return parts


def _sort_keys(asked: Sequence[Asked]) -> list[Location | None]:
    """Return the sort key of each type, None for those without it. Raises invalidPath when none has it."""
    found, refused = [], []
    for resource_type, query in asked:
        try:
            found.append(None if query.sort_by is None else sort_location(query.sort_by, resource_type))
        except ScimError as error:
            found.append(None)
            refused.append(error)
    if len(refused) == len(asked):
        raise refused[0]
    return found


def sort_location(name: str, resource_type: ResourceType) -> Location:
    """Return where a sort key lives; a complex attribute sorts by its `value` (RFC 7644, section 3.4.2.3).

    What is never returned is not told by an order either. Members and groups are rows of their own, and a resource
    has no first one of them.
    """
    try:
        path = parse_path(name, resource_type)
    except ScimError as error:
        raise ScimError.invalid_path(f"Cannot sort by {name[:80]!r}: {error.detail}") from error
    location = path.location
    if location is not None and location.leaf.type == "complex":
        value = location.attribute.sub("value")
        location = None if value is None else location.with_sub(value)
    if location is None or path.value_filter is not None or not _is_sortable(location):
        raise ScimError.invalid_path(f"Cannot sort by {name[:80]!r}: name a simple attribute")
    return location


def _is_sortable(location: Location) -> bool:
    if location.extension is None and location.attribute.name in ("members", "groups"):
        return False
    return "never" not in (location.attribute.returned, location.leaf.returned)
