"""The GET of a group: with all of its members, or with a page of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from optiid.profiles.types import Answer
from optiid.scim.members_page import MembersPage, read_members_page, with_page
from optiid.scim.rendering import render
from optiid.scim.versions import entity_tag
from optiid.services import reading
from optiid.web.scim import pieces
from optiid.web.scim.respond import answer, documents

if TYPE_CHECKING:
    from optiid.profiles.types import HookContext
    from optiid.scim.projection import Projection
    from optiid.scim.resource_types import ResourceType
    from optiid.storage.resources import Stored
    from optiid.web.reply import Reply
    from optiid.web.scim.call import Call


def asked_page(call: Call, resource_type: ResourceType) -> MembersPage | None:
    """Return the page of members that the URL asks for. Raises invalidValue and invalidFilter."""
    if not call.parameters or not resource_type.attribute("members"):
        return None
    limits = call.page_limits
    page = read_members_page(call.parameters, resource_type, call.service.filter_limits)
    return page and page.within(limits.default, limits.largest)


def answer_group(call: Call, context: HookContext, stored: Stored, page: MembersPage | None) -> Reply:
    """Answer with a group; no member is read when members are not answered, page or not."""
    resource_type = context.resource_type
    projection = call.projection(resource_type)
    if page is not None and projection.wants("members"):
        return answer(call, context, _reply(stored, _with_page(call, resource_type, stored, page, projection)))
    try:
        body = documents(call, resource_type, [stored], projection)[0]
    except reading.TooManyMembersError:
        return pieces.answer_group(call, context, stored.id, projection, (200, {}))
    return answer(call, context, _reply(stored, body))


def _reply(stored: Stored, body: dict[str, Any]) -> Answer:
    return Answer(200, body, {"ETag": entity_tag(stored.version)})


def _with_page(
    call: Call, resource_type: ResourceType, stored: Stored, page: MembersPage, projection: Projection
) -> dict[str, Any]:
    """Return the wire document; word of the page goes with `members`, whatever else is left out."""
    database, scope = call.service.database, call.caller.plane
    members, total = reading.members_page(database, scope, resource_type, stored.id, page, projection)
    body = projection.apply(render(stored, resource_type, call.base_url, members))
    return with_page(body, page, total, len(members))
