"""From what is stored to the answer: load references, render, project, let the profile shape it, encode."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from optiid.scim.projection import EVERYTHING, Projection
from optiid.scim.rendering import render
from optiid.services import reading
from optiid.web.reply import Reply

if TYPE_CHECKING:
    from collections.abc import Mapping

    from optiid.profiles.types import Answer, HookContext
    from optiid.scim.resource_types import ResourceType
    from optiid.storage.resources import Stored
    from optiid.web.scim.call import Call

MEDIA_TYPE = "application/scim+json"


def encode(status: int, body: dict[str, Any] | None, headers: Mapping[str, str] | None = None) -> Reply:
    """Return a reply; without a body it has no content type either."""
    if body is None:
        return Reply(status, b"", dict(headers or {}))
    return Reply(status, orjson.dumps(body), {"Content-Type": MEDIA_TYPE, **(headers or {})})


def answer(call: Call, context: HookContext, reply: Answer) -> Reply:
    """Return an answer after the profile shaped it."""
    return encode_answer(call.bound.profile.shape_response(reply, context))


def encode_answer(shaped: Answer) -> Reply:
    """Return an answer that needs no more shaping."""
    return encode(shaped.status, shaped.body, shaped.headers)


def documents(
    call: Call,
    resource_type: ResourceType,
    found: list[Stored],
    projection: Projection = EVERYTHING,
    *,
    without_members: bool = False,
) -> list[dict[str, Any]]:
    """Return the wire documents of stored resources, projected; references are loaded for all of them at once.

    Raises TooManyMembersError and MovedError, unless they are made without members.
    """
    references: reading.References = {}
    if not (without_members and resource_type.attribute("members")):
        references = reading.references(call.service.database, call.caller.plane, resource_type, found, projection)
    return [
        projection.apply(render(stored, resource_type, call.base_url, references.get(stored.id, ())))
        for stored in found
    ]
