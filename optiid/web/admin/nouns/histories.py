"""`/users/{user}/history`: what happened to one person, in sentences."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from marshmallow import fields

from optiid.services import explaining
from optiid.web.admin.identifiers import Id
from optiid.web.admin.route import Route, Shape

if TYPE_CHECKING:
    from optiid.web.admin.call import AdminCall


class Happening(Shape):
    """One thing that happened; `author` and `request` are empty where there is none."""

    at = fields.String(required=True)
    text = fields.String(required=True)
    author = fields.String(required=True)
    request = fields.String(required=True)


class History(Shape):
    """What is known of a person; who was purged has no name any more."""

    id = Id("user", required=True)
    userName = fields.String(required=True, allow_none=True)  # noqa: N815 - SCIM's name
    state = fields.String(required=True)
    now = fields.List(fields.String(), required=True)
    history = fields.List(fields.Nested(Happening), required=True)


def show_history(call: AdminCall, user: str) -> dict[str, Any]:
    """Return the history of one person, gone ones too."""
    found = asdict(explaining.explain(call.database, call.organization, user))
    return found | {"userName": found["user_name"]}


ROUTES = (
    Route("GET", "/users/<user>/history", show_history, "Tell the history of a user in sentences.", answer=History),
)
