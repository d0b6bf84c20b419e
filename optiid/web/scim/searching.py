"""Searching: a type or everything, by GET or by POST on `/.search` (RFC 7644, sections 3.4.2 and 3.4.3)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from optiid.profiles.types import Answer
from optiid.scim.messages import Query, read_query, read_search_request
from optiid.scim.projection import read_projection
from optiid.scim.rendering import render_cursor_page, render_list
from optiid.scim.resource_types import USER, ResourceType
from optiid.services import reading
from optiid.services.searching import Asked, Found, search
from optiid.web.scim import pieces
from optiid.web.scim.respond import answer, documents

if TYPE_CHECKING:
    from collections.abc import Sequence

    from optiid.scim.projection import Projection
    from optiid.storage.resources import Stored
    from optiid.web.reply import Reply
    from optiid.web.scim.call import Call


def search_resources(call: Call, resource_type: ResourceType) -> Reply:
    """Answer GET on the endpoint of a type."""
    return _respond(call, [resource_type], read_query(call.parameters))


def search_by_post(call: Call, resource_type: ResourceType) -> Reply:
    """Answer POST on `/.search` of a type."""
    return _respond(call, [resource_type], read_search_request(call.body()))


def search_root(call: Call) -> Reply:
    """Answer GET on the base URL."""
    return _respond(call, list(call.resource_types.values()), read_query(call.parameters))


def search_root_by_post(call: Call) -> Reply:
    """Answer POST on `/.search` at the root."""
    return _respond(call, list(call.resource_types.values()), read_search_request(call.body()))


def _respond(call: Call, resource_types: Sequence[ResourceType], query: Query) -> Reply:
    """Return the ListResponse of a query, in one order over the types."""
    profile = call.bound.profile
    asked = [(one, profile.normalise_query(query, call.context("search", one))) for one in resource_types]
    context = call.context("search", resource_types[0] if len(resource_types) == 1 else USER)

    def page() -> dict[str, Any]:
        found = _look(call, asked)
        call.told = f"found {found.total}"
        return _page(call, asked, found)

    try:
        return answer(call, context, Answer(200, reading.fitting(call.service.database, page), {}))
    except reading.TooManyMembersError:
        return pieces.answer_list(
            call,
            context,
            lambda count: _look(call, asked, count),
            lambda found: _page(call, asked, found, without_members=True),
            _groups(asked),
        )


def _look(call: Call, asked: Sequence[Asked], count: int | None = None) -> Found:
    """Return the page that is asked for, or, with a count, one of no more resources."""
    if count is not None:
        asked = [(resource_type, replace(query, count=count)) for resource_type, query in asked]
    return search(call.service.database, call.caller.plane, asked, (call.page_limits, call.filter_limits))


def _page(call: Call, asked: Sequence[Asked], found: Found, *, without_members: bool = False) -> dict[str, Any]:
    shown = _shown(call, asked, found.resources, without_members=without_members)
    if found.start_index is None:
        return render_cursor_page(shown, found.total, found.next_cursor, found.previous_cursor)
    return render_list(shown, found.total, found.start_index)


def _groups(asked: Sequence[Asked]) -> dict[str, pieces.Shown]:
    """Return how the members of each type of groups are shown that is answered with them."""
    shown = {resource_type.name: (resource_type, _projection(resource_type, query)) for resource_type, query in asked}
    return {name: how for name, how in shown.items() if how[0].attribute("members") and how[1].wants("members")}


def _projection(resource_type: ResourceType, query: Query) -> Projection:
    return read_projection(resource_type, query.attributes, query.excluded_attributes)


def _shown(call: Call, asked: Sequence[Asked], found: list[Stored], *, without_members: bool) -> list[dict[str, Any]]:
    """Return the wire documents in the order of what was found; references are loaded once for each type."""
    shown: dict[str, dict[str, Any]] = {}
    for resource_type, query in asked:
        projection = _projection(resource_type, query)
        mine = [stored for stored in found if stored.type == resource_type.name]
        made = documents(call, resource_type, mine, projection, without_members=without_members)
        shown.update(zip((stored.id for stored in mine), made, strict=True))
    return [shown[stored.id] for stored in found]
