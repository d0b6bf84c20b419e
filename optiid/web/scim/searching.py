"""Searching by POST: `/.search` on a type and at the root (RFC 7644, section 3.4.3)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from flask import request

from optiid.profiles.types import Answer
from optiid.scim.errors import ScimError
from optiid.scim.messages import Query, read_query, read_search_request
from optiid.scim.projection import read_projection
from optiid.scim.rendering import render_list
from optiid.scim.resource_types import USER, ResourceType
from optiid.services import reading
from optiid.web.scim.call import current_call
from optiid.web.scim.resources import respond_query
from optiid.web.scim.respond import answer, documents

if TYPE_CHECKING:
    from flask import Response

    from optiid.web.scim.call import Call


def search_by_post(resource_type: ResourceType) -> Response:
    """Answer POST on `/.search` of a type."""
    call = current_call()
    query = read_search_request(call.body())
    query = call.bound.profile.normalise_query(query, call.context("search", resource_type))
    return respond_query(call, resource_type, query)


def search_root_by_post() -> Response:
    """Answer POST on `/.search` at the root."""
    call = current_call()
    return _respond_root(call, read_search_request(call.body()))


def search_root() -> Response:
    """Answer GET on the base URL."""
    return _respond_root(current_call(), read_query(request.args))


def _respond_root(call: Call, query: Query) -> Response:
    """Return one list over all resource types: type after type, each in the order asked for if it has the attribute.

    A filter on an attribute that a type does not have selects nothing of that type (RFC 7644, section 3.4.2.1).
    """
    pages = call.service.page_limits
    start, left = query.start_index, min(pages.default if query.count is None else query.count, pages.largest)
    total, resources, refused = 0, [], []
    for resource_type in call.resource_types.values():
        part = replace(query, start_index=max(1, start - total), count=left)
        try:
            found, shown = _search_type(call, resource_type, part)
        except ScimError as error:
            if error.scim_type != "invalidFilter":
                raise
            refused.append(error)
            continue
        resources += shown
        left -= len(shown)
        total += found
    if len(refused) == len(call.resource_types):
        raise refused[0]
    reply = Answer(200, render_list(resources, total, query.start_index), {})
    return answer(call, call.context("search", USER), reply)


def _search_type(call: Call, resource_type: ResourceType, query: Query) -> tuple[int, list[dict[str, Any]]]:
    query = call.bound.profile.normalise_query(query, call.context("search", resource_type))
    if query.sort_by and not reading.is_sortable(query.sort_by, resource_type):
        query = replace(query, sort_by=None)
    limits = (call.service.page_limits, call.service.filter_limits)
    found = reading.search(call.service.database, call.caller.scope, resource_type, query, limits)
    projection = read_projection(resource_type, query.attributes, query.excluded_attributes)
    return found.total, documents(call, resource_type, found.resources, projection)
