"""`/connections`: one for each application of an identity provider."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from marshmallow import fields, validate

from optiid.services import connections, removing
from optiid.web.admin.identifiers import Id, told
from optiid.web.admin.route import Answer, Listed, Route, Shape, tagged

if TYPE_CHECKING:
    from optiid.services.connections import Connection as Found
    from optiid.web.admin.call import AdminCall


class Connection(Shape):
    """A connection, with the address its identity provider is pointed at."""

    id = Id("connection", required=True)
    organization = Id("organization", required=True)
    profile = fields.String(required=True)
    name = fields.String(required=True)
    state = fields.String(required=True)
    settings = fields.Dict(required=True, keys=fields.String())
    base_url = fields.String(required=True)
    created_at = fields.String(required=True)


class NewConnection(Shape):
    """A connection to be made; the profile's title is its name unless it has one."""

    profile = fields.String(required=True, validate=validate.Length(1, 200))
    name = fields.String(validate=validate.Length(1, 200))
    settings = fields.Dict(keys=fields.String())


class ConnectionChange(Shape):
    """Settings to be changed; null puts one back to its default."""

    settings = fields.Dict(required=True, keys=fields.String())


class Removal(Shape):
    """What the removal of a connection is about."""

    users = fields.Integer(required=True)
    groups = fields.Integer(required=True)
    tombstones = fields.Integer(required=True)
    plans = fields.Integer(required=True)
    tokens = fields.Integer(required=True)
    clients = fields.Integer(required=True)


class Removed(Shape):
    """How many users and groups a connection has given away."""

    resources = fields.Integer(required=True)


def list_connections(call: AdminCall) -> Listed:
    """Return the connections of the organization by age."""
    page = call.after("connection")
    found = [one for one in connections.list_all(call.database, call.organization) if one.id > page.after]
    shown = page.of(found, lambda one: told("connection", one.id))
    return Listed([_shown(call, one) for one in shown.data], shown.next)


def create_connection(call: AdminCall) -> Answer:
    """Create a connection."""
    profile = call.service.profiles.registry.get(call.body["profile"])
    made = connections.create(
        call.database, call.organization, profile, call.body.get("name"), call.body.get("settings"), author=call.author
    )
    return shown_with_version(call, made, Location=f"/api/v1/connections/{told('connection', made.id)}")


def show_connection(call: AdminCall, connection: str) -> Answer:
    """Return one connection."""
    return shown_with_version(call, own(call, connection))


def change_connection(call: AdminCall, connection: str) -> Answer:
    """Change settings of a connection."""
    registry, changes = call.service.profiles.registry, call.body["settings"]
    known = own(call, connection)
    changed = connections.change_settings(
        call.database, registry, known.id, changes, call.conditions, author=call.author
    )
    return shown_with_version(call, changed)


def pause_connection(call: AdminCall, connection: str) -> Answer:
    """Answer the identity provider 503 until the connection is activated again."""
    return _put_into(call, connection, "paused")


def activate_connection(call: AdminCall, connection: str) -> Answer:
    """Let a connection work again."""
    return _put_into(call, connection, "active")


def preview_removal(call: AdminCall, connection: str) -> removing.Preview:
    """Return what the removal of a connection is about."""
    return removing.preview(call.database, own(call, connection).id)


def remove_connection(call: AdminCall, connection: str) -> dict[str, int]:
    """Remove a connection, its users and groups kept as made by hand, or deleted."""
    known, fate = own(call, connection), call.query["fate"]
    gone = removing.remove(call.database, known.id, fate, conditions=call.conditions, author=call.author)
    return {"resources": gone}


def own(call: AdminCall, ident: str) -> Found:
    """Return a connection of the organization. Raises NotFoundError."""
    return call.own("connection", ident, connections.get)


def _put_into(call: AdminCall, ident: str, state: str) -> Answer:
    return shown_with_version(
        call, connections.change_state(call.database, own(call, ident).id, state, author=call.author)
    )


def shown_with_version(call: AdminCall, found: Found, **headers: str) -> Answer:
    """Return the answer that shows a connection, with its ETag."""
    answer = tagged(_shown(call, found), found.revision)
    return Answer(answer.body, {**answer.headers, **headers})


def _shown(call: AdminCall, found: Found) -> dict[str, Any]:
    return asdict(found) | {"base_url": call.service.settings.scim_base_url}


_ONE = "/connections/<connection>"
_FATE = fields.String(required=True, validate=validate.OneOf(["keep", "delete"]), metadata={
    "description": "What becomes of its users and groups."
})  # fmt: skip
ROUTES = (
    Route("GET", "/connections", list_connections, "List connections.", answer=Connection, listed=True),
    Route("POST", "/connections", create_connection, "Create a connection.", "admin", body=NewConnection,
          answer=Connection, status=201, versioned=True, refusals=(409,)),
    Route("GET", _ONE, show_connection, "Show a connection.", answer=Connection, versioned=True),
    Route("PATCH", _ONE, change_connection, "Change settings of a connection.", "admin", body=ConnectionChange,
          answer=Connection, versioned=True, refusals=(409,)),
    Route("POST", f"{_ONE}/pause", pause_connection, "Pause a connection.", "admin", answer=Connection, versioned=True),
    Route("POST", f"{_ONE}/activate", activate_connection, "Activate a connection.", "admin", answer=Connection,
          versioned=True),
    Route("GET", f"{_ONE}/removal", preview_removal, "Preview the removal of a connection.", answer=Removal),
    Route("DELETE", _ONE, remove_connection, "Remove a connection.", "admin", query={"fate": _FATE}, answer=Removed,
          refusals=(409, 412)),
)  # fmt: skip
