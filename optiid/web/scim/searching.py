"""Searching: a type or everything, by GET or by POST on `/.search` (RFC 7644, sections 3.4.2 and 3.4.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from optiid.profiles.types import Answer
from optiid.scim.messages import Query, read_query, read_search_request
from optiid.scim.projection import read_projection
from optiid.scim.rendering import render_cursor_page, render_list
from optiid.scim.resource_types import USER, ResourceType
from optiid.services.searching import Asked, search
from optiid.web.scim.respond import answer, documents

if TYPE_CHECKING:
    from collections.abc import Sequence

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
    service = call.service
    profile = call.bound.profile
    asked = [(one, profile.normalise_query(query, call.context("search", one))) for one in resource_types]
    limits = (call.page_limits, call.filter_limits)
    found = search(service.database, call.caller.plane, asked, limits)
    call.told = f"found {found.total}"
    shown = _shown(call, asked, found.resources)
    if found.start_index is None:
        body = render_cursor_page(shown, found.total, found.next_cursor, found.previous_cursor)
    else:
        body = render_list(shown, found.total, found.start_index)
    context = call.context("search", resource_types[0] if len(resource_types) == 1 else USER)
    return answer(call, context, Answer(200, body, {}))


def _shown(call: Call, asked: Sequence[Asked], found: list[Stored]) -> list[dict[str, Any]]:
    """Return the wire documents in the order of what was found; references are loaded once for each type."""
    shown: dict[str, dict[str, Any]] = {}
    for resource_type, query in asked:
        projection = read_projection(resource_type, query.attributes, query.excluded_attributes)
        mine = [stored for stored in found if stored.type == resource_type.name]
        made = documents(call, resource_type, mine, projection)
        shown.update(zip((stored.id for stored in mine), made, strict=True))
    return [shown[stored.id] for stored in found]
