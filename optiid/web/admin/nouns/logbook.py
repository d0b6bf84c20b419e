"""`/logbook`: what identity providers asked for, what was made of it, and what was answered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from marshmallow import fields, validate

from optiid.clock import is_own_form
from optiid.scim.errors import ScimError
from optiid.services import logbook
from optiid.web.admin.identifiers import Id, read
from optiid.web.admin.nouns.connections import own
from optiid.web.admin.route import Beginning, Listed, Route, Shape

if TYPE_CHECKING:
    from optiid.web.admin.call import AdminCall

LEAST, MOST = 100, 599


class Line(Shape):
    """One request, or one operation of a bulk; secrets are masked. Ids in it are bare, as they are stored."""

    id = fields.String(required=True)
    connection = Id("connection", required=True)
    created_at = fields.String(required=True)
    request = fields.String(required=True)
    method = fields.String(required=True)
    target = fields.String(required=True)
    profile = fields.String(required=True)
    status = fields.Integer(required=True)
    milliseconds = fields.Float(required=True)
    decision = fields.String(required=True)
    scim_type = fields.String(required=True)
    resource = fields.String(required=True)
    changed = fields.List(fields.String(), required=True)
    came = fields.Raw(required=True, allow_none=True)
    meant = fields.Raw(required=True, allow_none=True)
    before_values = fields.Raw(required=True, allow_none=True)
    after_values = fields.Raw(required=True, allow_none=True)


def list_logbook(call: AdminCall) -> Listed:
    """Return lines of the logbook, newest first."""
    page = call.page
    if page.after and not is_own_form(page.after):
        raise ScimError.invalid_syntax("after is no place in the logbook: take `next` of the page before")
    found = logbook.earlier(call.database, call.organization, page.after, page.asked, _wanted(call))
    return page.of(found, lambda one: str(one["id"]))


def _wanted(call: AdminCall) -> logbook.Wanted:
    query = call.query
    person = query.get("person", "")
    about = logbook.about(read("user", person) or read("group", person) or person) if person else logbook.Wanted()
    limits = (query.get("least_status", LEAST), query.get("most_status", MOST))
    return logbook.Wanted(
        about.resource, about.subject, own(call, query["connection"]).id if "connection" in query else "",
        query.get("request", ""), None if limits == (LEAST, MOST) else limits, query.get("since", ""),
        query.get("until", ""),
    )  # fmt: skip


_WORD, _STATUS = validate.Length(1, 1024), validate.Range(LEAST, MOST)
_QUERY: dict[str, fields.Field[Any]] = {
    "person": fields.String(validate=_WORD, metadata={"description": "Only about this user or group, by id or name."}),
    "connection": Id("connection", metadata={"description": "Only of this connection."}),
    "request": fields.String(validate=_WORD, metadata={"description": "Only this request (`req_...`)."}),
    "least_status": fields.Integer(validate=_STATUS, metadata={"description": "Only answers from this status on."}),
    "most_status": fields.Integer(validate=_STATUS, metadata={"description": "Only answers up to this status."}),
    "since": Beginning(metadata={"description": "From this time on, in UTC (`2026-11-25T08:30`)."}),
    "until": Beginning(metadata={"description": "Before this time."}),
}
ROUTES = (
    Route("GET", "/logbook", list_logbook, "List the logbook, newest first.", query=_QUERY, answer=Line, listed=True),
)
