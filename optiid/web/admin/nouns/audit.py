"""`/audit`: what administrators and connections did, in the order they did it."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from marshmallow import fields, validate

from optiid.services import auditing
from optiid.web.admin.route import Beginning, Listed, Route, Shape

if TYPE_CHECKING:
    from optiid.web.admin.call import AdminCall


class Entry(Shape):
    """One entry of the trail, sealed with the one before it. Ids in it are bare, as they are stored."""

    sequence = fields.Integer(required=True)
    created_at = fields.String(required=True)
    author = fields.String(required=True)
    request = fields.String(required=True)
    action = fields.String(required=True)
    target = fields.String(required=True)
    before = fields.String(required=True)
    after = fields.String(required=True)
    details = fields.Raw(required=True)
    hash = fields.String(required=True)


class Verdict(Shape):
    """What was found in the trail: nothing, when it is as it was written."""

    entries = fields.Integer(required=True)
    faults = fields.List(fields.String(), required=True)
    anchor = fields.String(required=True)


def list_audit(call: AdminCall) -> Listed:
    """Return entries of the trail, oldest first."""
    page, query = call.numbered(), call.query
    wanted = auditing.narrowed({name: query[name] for name in _QUERY if name in query})
    found = auditing.entries(call.database, call.organization, int(page.after), page.asked, wanted)
    return page.of(found, lambda one: str(one["sequence"]))


def verify_audit(call: AdminCall) -> dict[str, Any]:
    """Return whether the trail is as it was written."""
    verdict = auditing.verify(call.database, call.organization)
    return asdict(verdict) | {"anchor": str(auditing.anchor(call.database, call.organization))}


_WORD = validate.Length(1, 200)
_QUERY: dict[str, fields.Field[Any]] = {
    "author": fields.String(validate=_WORD, metadata={"description": "Only what this one did (`key:ID`)."}),
    "action": fields.String(validate=_WORD, metadata={"description": "Only this (`token.created`)."}),
    "target": fields.String(validate=_WORD, metadata={"description": "Only what was done to this id."}),
    "request": fields.String(validate=_WORD, metadata={"description": "Only what one request did."}),
    "since": Beginning(metadata={"description": "From this time on, in UTC (`2026-11-25T08:30`)."}),
    "until": Beginning(metadata={"description": "Before this time."}),
}
ROUTES = (
    Route("GET", "/audit", list_audit, "List the audit trail, oldest first.", query=_QUERY, answer=Entry, listed=True),
    Route("GET", "/audit/verification", verify_audit, "Verify the audit trail.", "admin", answer=Verdict),
)
