"""`/users/{user}/export`: all that is known of one person, for whoever has a right to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from marshmallow import fields

from optiid.services import person_export
from optiid.web.admin.route import Route, Shape

if TYPE_CHECKING:
    from optiid.web.admin.call import AdminCall


def _record(**more: Any) -> fields.Dict:
    return fields.Dict(keys=fields.String(), **more)


class PersonExport(Shape):
    """The document of `optiid user export`; ids are as they are stored. Who was purged has no attributes any more."""

    format = fields.String(required=True)
    version = fields.Integer(required=True)
    exported_at = fields.String(required=True)
    organization = _record(required=True)
    id = fields.String(required=True)
    state = fields.String(required=True)
    attributes = _record()
    created_at = fields.String()
    updated_at = fields.String()
    source = _record(allow_none=True)
    access = _record()
    holds = fields.List(_record())
    adoptions = fields.List(_record())
    recorded_requests = fields.List(_record())
    history = fields.List(_record(), required=True)
    audit = fields.List(_record(), required=True)
    events = fields.List(_record(), required=True)
    logbook = fields.List(_record(), required=True)


def export_user(call: AdminCall, user: str) -> dict[str, Any]:
    """Return all that is known of one person, gone ones too."""
    return person_export.export(call.database, call.organization, user, call.author)


ROUTES = (
    Route("GET", "/users/<user>/export", export_user, "Export all that is known of a person.", "admin",
          answer=PersonExport),
)  # fmt: skip
