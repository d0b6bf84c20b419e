"""`/connections/{connection}/plan`: what a connection in dry run would change in the directory."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from marshmallow import fields, validate

from optiid.services import dry_run, plan_applying, plans
from optiid.web.admin.identifiers import Id, told
from optiid.web.admin.nouns.connections import Connection, own, shown_with_version
from optiid.web.admin.route import Answer, Route, Shape

if TYPE_CHECKING:
    from optiid.services.plans import Item as Found
    from optiid.web.admin.call import AdminCall

SHOWN, MOST = 200, 1000


class Item(Shape):
    """One change of a user or group; `changed` names attributes, or `state`."""

    change = fields.String(required=True)
    type = fields.String(required=True)
    id = fields.String(required=True)
    name = fields.String(required=True)
    changed = fields.List(fields.String(), required=True)


class Membership(Shape):
    """One membership that begins or ends; the id of the member, a user or a group, is bare."""

    change = fields.String(required=True)
    group = Id("group", required=True)
    member = fields.String(required=True)


class Linked(Shape):
    """An adoption that waits for an administrator; the id of the resource, a user or a group, is bare."""

    adoption = Id("adoption", required=True)
    resource = fields.String(required=True)
    name = fields.String(required=True)


class Plan(Shape):
    """A plan; `counts` are whole, the lists end after `limit`."""

    connection = Id("connection", required=True)
    state = fields.String(required=True)
    since = fields.String(required=True)
    counts = fields.Dict(required=True, keys=fields.String(), values=fields.Integer())
    items = fields.List(fields.Nested(Item), required=True)
    memberships = fields.List(fields.Nested(Membership), required=True)
    linked = fields.List(fields.Nested(Linked), required=True)


class Blocked(Shape):
    """A change that stays planned, and why."""

    item = fields.Nested(Item, required=True)
    reason = fields.String(required=True)


class Applied(Shape):
    """What became of a plan: how much of it is real now, and what stays planned."""

    connection = Id("connection", required=True)
    state = fields.String(required=True)
    resources = fields.Integer(required=True)
    memberships = fields.Integer(required=True)
    blocked = fields.List(fields.Nested(Blocked), required=True)


def begin_dry_run(call: AdminCall, connection: str) -> Answer:
    """Let a connection answer as if live, and plan its changes instead of making them."""
    return shown_with_version(call, dry_run.begin(call.database, own(call, connection).id, author=call.author))


def show_plan(call: AdminCall, connection: str) -> dict[str, Any]:
    """Return what a connection would change."""
    found = plans.show(call.database, own(call, connection).id, call.query.get("limit", SHOWN))
    return asdict(found) | {"items": [_item(one) for one in found.items]}


def apply_plan(call: AdminCall, connection: str) -> dict[str, Any]:
    """Make a plan real and let the connection go live."""
    made = plan_applying.apply(call.database, own(call, connection).id, author=call.author)
    blocked = [{"item": _item(one.item), "reason": one.reason} for one in made.blocked]
    return asdict(made) | {"blocked": blocked}


def discard_plan(call: AdminCall, connection: str) -> Answer:
    """Drop a plan."""
    state = call.query.get("then", "paused")
    return shown_with_version(call, plans.discard(call.database, own(call, connection).id, state, author=call.author))


def _item(found: Found) -> dict[str, Any]:
    return asdict(found) | {"id": told(found.type.lower(), found.id)}


_LIMIT = fields.Integer(validate=validate.Range(0, MOST), metadata={
    "description": f"How many users and groups, and how many memberships, at most; {SHOWN} without it."
})  # fmt: skip
_THEN = fields.String(validate=validate.OneOf(["paused", "active"]), metadata={
    "description": "The state of the connection afterwards; `paused` without it."
})  # fmt: skip
_ONE = "/connections/<connection>"
ROUTES = (
    Route("POST", f"{_ONE}/dry-run", begin_dry_run, "Put a connection into dry run.", "admin", answer=Connection,
          versioned=True),
    Route("GET", f"{_ONE}/plan", show_plan, "Show the plan of a connection.", query={"limit": _LIMIT}, answer=Plan,
          refusals=(409,)),
    Route("POST", f"{_ONE}/plan/apply", apply_plan, "Apply the plan of a connection.", "admin", answer=Applied),
    Route("DELETE", f"{_ONE}/plan", discard_plan, "Discard the plan of a connection.", "admin", query={"then": _THEN},
          answer=Connection, versioned=True, refusals=(409,)),
)  # fmt: skip
