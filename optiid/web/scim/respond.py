"""From an outcome to the answer: load references, render, project, let the profile shape it, encode."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
from flask import Response

from optiid.profiles.types import Answer
from optiid.scim.projection import EVERYTHING, Projection
from optiid.scim.rendering import location_of, render
from optiid.scim.versions import entity_tag
from optiid.services import reading

if TYPE_CHECKING:
    from optiid.profiles.types import HookContext
    from optiid.scim.resource_types import ResourceType
    from optiid.services.writing import Outcome
    from optiid.storage.resources import Stored
    from optiid.web.scim.call import Call

MEDIA_TYPE = "application/scim+json"


def encode(status: int, body: dict[str, Any] | None, headers: dict[str, str] | None = None) -> Response:
    """Return a Flask response; without a body it has no content type either."""
    payload = b"" if body is None else orjson.dumps(body)
    response = Response(payload, status, headers)
    if body is None:
        response.headers.pop("Content-Type", None)
    else:
        response.headers["Content-Type"] = MEDIA_TYPE
    return response


def answer(call: Call, context: HookContext, reply: Answer) -> Response:
    """Return an answer after the profile shaped it."""
    shaped = call.bound.profile.shape_response(reply, context)
    return encode(shaped.status, shaped.body, dict(shaped.headers))


def documents(
    call: Call, resource_type: ResourceType, found: list[Stored], projection: Projection = EVERYTHING
) -> list[dict[str, Any]]:
    """Return the wire documents of stored resources, projected; references are loaded for all of them at once."""
    service, scope = call.service, call.caller.scope
    references = reading.references(service.database, scope, resource_type, found, projection)
    return [
        projection.apply(render(stored, resource_type, call.base_url, references.get(stored.id, ())))
        for stored in found
    ]


def respond_outcome(
    call: Call, resource_type: ResourceType, outcome: Outcome, projection: Projection, operation: str
) -> Response:
    """Return the answer to a write: 201 with a Location, or 200."""
    stored = outcome.stored
    if outcome.fresh:
        body = projection.apply(render(stored, resource_type, call.base_url))
    else:
        body = documents(call, resource_type, [stored], projection)[0]
    headers = {"ETag": entity_tag(stored.version)}
    if outcome.created:
        headers["Location"] = location_of(resource_type, stored.id, call.base_url)
    reply = Answer(201 if outcome.created else 200, body, headers)
    return answer(call, call.context(operation, resource_type), reply)
