"""`/events`: what changed in the directory, in the order it changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from marshmallow import fields

from optiid.services import feed
from optiid.web.admin.route import Listed, Route, Shape

if TYPE_CHECKING:
    from optiid.web.admin.call import AdminCall


class Event(Shape):
    """One change. Its number is one more than that of the event before it; ids in it are bare, as they are stored."""

    sequence = fields.Integer(required=True)
    kind = fields.String(required=True)
    resource = fields.String(required=True)
    payload = fields.Dict(required=True, keys=fields.String())
    created_at = fields.String(required=True)


def list_events(call: AdminCall) -> Listed:
    """Return events, oldest first."""
    page = call.numbered()
    found = feed.events(call.database, call.organization, int(page.after), page.asked)
    return page.of(found, lambda one: str(one["sequence"]))


ROUTES = (Route("GET", "/events", list_events, "List events, oldest first.", answer=Event, listed=True),)
