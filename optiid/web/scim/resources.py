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
from optiid.web.scim.members import asked_page, document_with_page
from optiid.web.scim.respond import answer, documents, encode_answer

if TYPE_CHECKING:
    from optiid.scim.members_page import MembersPage
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
    page, ident = asked_page(call, resource_type), checked_id(resource_type, ident)
    context, projection = call.context("get", resource_type), call.projection(resource_type)
    look = reading.fitting if page is None else reading.of_one_moment
    try:
        found = look(call.service.database, lambda: _get(call, resource_type, ident, projection, page))
    except reading.TooManyMembersError:
        return pieces.answer_group(call, context, ident, projection, (200, {}))
    return encode_answer(found) if found.body is None else answer(call, context, found)


def _get(
    call: Call, resource_type: ResourceType, ident: str, projection: Projection, page: MembersPage | None
) -> Answer:
    """Return the answer before the profile shapes it. Raises 404, 412, TooManyMembersError and MovedError."""
    stored = reading.get(call.service.database, call.caller.plane, resource_type, ident)
    headers = {"ETag": entity_tag(stored.version)}
    conditions = call.conditions
    conditions.check_match(stored.version)
    if conditions.is_unmodified(stored.version):
        return Answer(304, None, headers)
    if page is not None and projection.wants("members"):
        return Answer(200, document_with_page(call, resource_type, stored, page, projection), headers)
    return Answer(200, documents(call, resource_type, [stored], projection)[0], headers)


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
