"""From what is stored to the answer: load references, render, project, let the profile shape it, encode."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
from flask import Response

from optiid.scim.projection import EVERYTHING, Projection
from optiid.scim.rendering import render
from optiid.services import reading

if TYPE_CHECKING:
    from optiid.profiles.types import Answer, HookContext
    from optiid.scim.resource_types import ResourceType
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
    return encode_answer(call.bound.profile.shape_response(reply, context))


def encode_answer(shaped: Answer) -> Response:
    """Return an answer that needs no more shaping."""
    return encode(shaped.status, shaped.body, dict(shaped.headers))


def documents(
    call: Call, resource_type: ResourceType, found: list[Stored], projection: Projection = EVERYTHING
) -> list[dict[str, Any]]:
    """Return the wire documents of stored resources, projected; references are loaded for all of them at once."""
    service, scope = call.service, call.caller.plane
    references = reading.references(service.database, scope, resource_type, found, projection)
    return [
        projection.apply(render(stored, resource_type, call.base_url, references.get(stored.id, ())))
        for stored in found
    ]
