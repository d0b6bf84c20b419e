"""The views of one resource: create, get, replace, patch, delete (RFC 7644, section 3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from optiid.profiles.types import Answer
from optiid.scim.projection import EVERYTHING
from optiid.scim.versions import entity_tag
from optiid.services import reading
from optiid.web.scim import pieces
from optiid.web.scim.changes import OPERATIONS, Change, carry_out, checked_id, tell, told_of
from optiid.web.scim.logbook import open_line
from optiid.web.scim.members import answer_group, asked_page
from optiid.web.scim.respond import answer, documents, encode, encode_answer

if TYPE_CHECKING:
    from optiid.scim.projection import Projection
    from optiid.scim.resource_types import ResourceType
    from optiid.web.reply import Reply
    from optiid.web.scim.call import Call


def create_resource(call: Call, resource_type: ResourceType) -> Reply:
    """Answer POST on the endpoint of a type."""
    projection = call.projection(resource_type)
    return _respond(call, resource_type, "", call.body(resource_type), projection)


def get_resource(call: Call, resource_type: ResourceType, ident: str) -> Reply:
    """Answer GET of one resource; 304 when the client has its version already."""
    page = asked_page(call, resource_type)
    stored = reading.get(call.service.database, call.caller.plane, resource_type, checked_id(resource_type, ident))
    headers = {"ETag": entity_tag(stored.version)}
    conditions = call.conditions
    conditions.check_match(stored.version)
    if conditions.is_unmodified(stored.version):
        return encode(304, None, headers)
    context = call.context("get", resource_type)
    if resource_type.attribute("members"):
        return answer_group(call, context, stored, page)
    body = documents(call, resource_type, [stored], call.projection(resource_type))[0]
    return answer(call, context, Answer(200, body, headers))


def replace_resource(call: Call, resource_type: ResourceType, ident: str) -> Reply:
    """Answer PUT of one resource."""
    projection = call.projection(resource_type)
    return _respond(call, resource_type, ident, call.body(resource_type), projection)


def patch_resource(call: Call, resource_type: ResourceType, ident: str) -> Reply:
    """Answer PATCH of one resource."""
    projection = call.projection(resource_type)
    return _respond(call, resource_type, ident, call.body(resource_type), projection)


def delete_resource(call: Call, resource_type: ResourceType, ident: str) -> Reply:
    """Answer DELETE of one resource."""
    return _respond(call, resource_type, ident, {}, None)


def _respond(
    call: Call, resource_type: ResourceType, ident: str, body: dict[str, Any], projection: Projection | None
) -> Reply:
    named = projection is not None and any(call.parameters.get(name) for name in ("attributes", "excludedAttributes"))
    call.line = open_line(call, call.visit.method, resource_type, ident, body)
    change = Change(call.visit.method, resource_type, ident, body, call.conditions, projection, named, call.line)
    outcome = carry_out(call, change)
    call.is_written = True
    try:
        return encode_answer(tell(call, change, outcome))
    except reading.TooManyMembersError:
        context, told = call.context(OPERATIONS[change.method], resource_type), told_of(call, change, outcome)
        return pieces.answer_group(call, context, outcome.stored.id, projection or EVERYTHING, told)
