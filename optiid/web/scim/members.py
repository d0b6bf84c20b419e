"""The GET of a group, which may be large: with a page of its members, or with all of them, then in pieces."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from optiid.profiles.types import Answer
from optiid.scim.json_stream import spliced
from optiid.scim.members_page import MembersPage, read_members_page, with_page
from optiid.scim.rendering import Reference, render, render_references
from optiid.scim.versions import entity_tag
from optiid.services import reading
from optiid.web.reply import Reply
from optiid.web.scim.respond import MEDIA_TYPE, answer, encode_answer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optiid.profiles.types import HookContext
    from optiid.scim.projection import Projection
    from optiid.scim.resource_types import ResourceType
    from optiid.storage.resources import Stored
    from optiid.web.scim.call import Call

# A group with more members goes out in pieces of as many, so that neither all documents nor all text is held at once.
PIECE = 1000


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
    database, scope = call.service.database, call.caller.plane
    found = reading.references(database, scope, resource_type, [stored], projection)
    members = found.get(stored.id, [])
    is_large = len(members) > PIECE
    body = projection.apply(render(stored, resource_type, call.base_url, () if is_large else members))
    if not is_large:
        return answer(call, context, _reply(stored, body))
    reply = replace(_reply(stored, body), behind=("members",))
    return _stream(call, context, reply, _pieces(members, resource_type, call.base_url, projection))


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


def _pieces(
    members: list[Reference], resource_type: ResourceType, base_url: str, projection: Projection
) -> Iterator[list[Any]]:
    for start in range(0, len(members), PIECE):
        shown = render_references(members[start : start + PIECE], resource_type, base_url)
        yield projection.apply({"members": shown}).get("members", [])


def _stream(call: Call, context: HookContext, reply: Answer, pieces: Iterator[list[Any]]) -> Reply:
    """Answer with members joined behind what the profile made of the rest.

    All rows are read by now, in one statement: the members are those of one moment, the connection to the database is
    free while a slow client reads, and nothing that can fail is left for after the first byte.
    """
    shaped = call.bound.profile.shape_response(reply, context)
    if shaped.body is None or "members" in shaped.body:  # the profile knows better than to answer the members
        return encode_answer(shaped)
    text = spliced(shaped.body, "members", pieces)
    return Reply(shaped.status, text, {"Content-Type": MEDIA_TYPE, **shaped.headers})
