"""The views of one resource: create, get, replace, patch, delete (RFC 7644, section 3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import request

from optiid.clock import is_own_form
from optiid.profiles.types import Answer
from optiid.scim.patch.operations import read_operations
from optiid.scim.versions import entity_tag
from optiid.services import reading, writing
from optiid.web.scim.call import current_call
from optiid.web.scim.respond import answer, documents, encode, respond_outcome

if TYPE_CHECKING:
    from flask import Response

    from optiid.scim.projection import Projection
    from optiid.scim.resource_types import ResourceType
    from optiid.web.scim.call import Call


def checked_id(resource_type: ResourceType, ident: str) -> str:
    """Return an id from a URL. Raises 404 for what cannot be one, which so never reaches the database."""
    if not is_own_form(ident):
        raise reading.not_found(resource_type, ident)
    return ident


def create_resource(resource_type: ResourceType) -> Response:
    """Answer POST on the endpoint of a type."""
    call = current_call()
    projection = call.projection(resource_type)
    body = call.bound.profile.normalise_resource(call.body(resource_type), call.context("create", resource_type))
    outcome = writing.create(call.service.database, call.actor, resource_type, body)
    return respond_outcome(call, resource_type, outcome, projection, "create")


def get_resource(resource_type: ResourceType, ident: str) -> Response:
    """Answer GET of one resource; 304 when the client has its version already."""
    call = current_call()
    stored = reading.get(call.service.database, call.caller.scope, resource_type, checked_id(resource_type, ident))
    headers = {"ETag": entity_tag(stored.version)}
    if call.conditions.is_unmodified(stored.version):
        return encode(304, None, headers)
    body = documents(call, resource_type, [stored], call.projection(resource_type))[0]
    return answer(call, call.context("get", resource_type), Answer(200, body, headers))


def replace_resource(resource_type: ResourceType, ident: str) -> Response:
    """Answer PUT of one resource."""
    call = current_call()
    projection = call.projection(resource_type)
    body = call.bound.profile.normalise_resource(call.body(resource_type), call.context("replace", resource_type))
    ident = checked_id(resource_type, ident)
    outcome = writing.replace(call.service.database, call.actor, resource_type, ident, body, call.conditions)
    return respond_outcome(call, resource_type, outcome, projection, "replace")


def patch_resource(resource_type: ResourceType, ident: str) -> Response:
    """Answer PATCH of one resource.

    A group is answered 204 where the profile prefers it, and when it is large, unless attributes are asked for: what
    one change costs must not depend on how many members there are.
    """
    call = current_call()
    projection = call.projection(resource_type)
    limit = call.service.settings.patch_operations
    context = call.context("patch", resource_type)
    operations = call.bound.profile.normalise_patch(read_operations(call.body(resource_type), limit), context)
    ident = checked_id(resource_type, ident)
    outcome = writing.patch(call.service.database, call.actor, resource_type, ident, operations, call.conditions)
    if resource_type.attribute("members") and not _answers_group(call, projection, outcome):
        return answer(call, context, Answer(204, None, {"ETag": entity_tag(outcome.stored.version)}))
    return respond_outcome(call, resource_type, outcome, projection, "patch")


def _answers_group(call: Call, projection: Projection, outcome: writing.Outcome) -> bool:
    if any(request.args.get(name) for name in ("attributes", "excludedAttributes")) or not projection.wants("members"):
        return True
    if call.bound.policy.group_patch_answer == "nothing":
        return False
    return reading.is_small_group(call.service.database, call.caller.scope, outcome.stored.id)


def delete_resource(resource_type: ResourceType, ident: str) -> Response:
    """Answer DELETE of one resource."""
    call = current_call()
    writing.remove(call.service.database, call.actor, resource_type, checked_id(resource_type, ident), call.conditions)
    return answer(call, call.context("delete", resource_type), Answer(204, None, {}))
