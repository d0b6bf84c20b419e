"""`/holds`: removals that wait for an administrator."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from marshmallow import fields

from optiid.services import holds
from optiid.web.admin.identifiers import Id, told
from optiid.web.admin.nouns.connections import own
from optiid.web.admin.route import Listed, Route, Shape

if TYPE_CHECKING:
    from optiid.services.holds import Hold as Found
    from optiid.web.admin.call import AdminCall


class Hold(Shape):
    """A removal of a user that waits, or waited; `display` is null when the user is purged."""

    id = Id("hold", required=True)
    user = Id("user", required=True, attribute="resource")
    connection = Id("connection", required=True)
    asked = fields.String(required=True)
    why = fields.String(required=True)
    request = fields.String(required=True)
    created_at = fields.String(required=True)
    state = fields.String(required=True)
    settled_at = fields.String(required=True, allow_none=True)
    settled_by = fields.String(required=True, allow_none=True)
    display = fields.String(required=True, allow_none=True)


def list_holds(call: AdminCall) -> Listed:
    """Return holds by age: those that wait, or settled ones, too."""
    page, query = call.after("hold"), call.query
    connection = own(call, query["connection"]).id if "connection" in query else None
    found = holds.list_some(
        call.database, call.organization, connection, page.after, page.asked, settled=query.get("settled", False)
    )
    return page.of(found, lambda one: told("hold", one.id))


def show_hold(call: AdminCall, hold: str) -> Found:
    """Return one hold."""
    return holds.show(call.database, call.organization, hold)


def release_hold(call: AdminCall, hold: str) -> Found:
    """Do now what was held."""
    registry = call.service.profiles.registry
    return holds.release(call.database, registry, call.organization, hold, author=call.author)


def reject_hold(call: AdminCall, hold: str) -> Found:
    """Let the user stay."""
    return holds.reject(call.database, call.organization, hold, author=call.author)


_QUERY: dict[str, fields.Field[Any]] = {
    "connection": Id("connection", metadata={"description": "Only those of this connection."}),
    "settled": fields.Boolean(truthy={"true"}, falsy={"false"}, metadata={"description": "Settled ones, too."}),
}
_ONE = "/holds/<hold>"
ROUTES = (
    Route("GET", "/holds", list_holds, "List holds.", query=_QUERY, answer=Hold, listed=True),
    Route("GET", _ONE, show_hold, "Show a hold.", answer=Hold),
    Route("POST", f"{_ONE}/release", release_hold, "Release a hold.", "write", answer=Hold),
    Route("POST", f"{_ONE}/reject", reject_hold, "Reject a hold.", "write", answer=Hold),
)
