"""`/moves`: users and groups go from one connection to another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from marshmallow import fields, validate

from optiid.services import moving
from optiid.web.admin.identifiers import Id
from optiid.web.admin.nouns.connections import own
from optiid.web.admin.route import Route, Shape

if TYPE_CHECKING:
    from optiid.services.handing_over import Route as Way
    from optiid.web.admin.call import AdminCall

MOST = 500


class Move(Shape):
    """What is to move from which connection to which: users and groups that are named, or everything."""

    source = Id("connection", required=True)
    target = Id("connection", required=True)
    users = fields.List(Id("user"), validate=validate.Length(max=MOST))
    groups = fields.List(Id("group"), validate=validate.Length(max=MOST))
    everything = fields.Boolean(truthy={True}, falsy={False})


class MovePreview(Shape):
    """What a move would do."""

    users = fields.Integer(required=True)
    groups = fields.Integer(required=True)
    tombstones = fields.Integer(required=True)
    closing = fields.List(Id("user"), required=True)
    ending = fields.Integer(required=True)
    extensions = fields.Dict(required=True, keys=fields.String(), values=fields.Integer())


class Moved(Shape):
    """How many users and groups went."""

    resources = fields.Integer(required=True)


def preview_move(call: AdminCall) -> moving.Preview:
    """Return what a move would do."""
    return moving.preview(call.database, call.service.profiles.registry, _way(call), _chosen(call.body))


def move(call: AdminCall) -> dict[str, int]:
    """Move users and groups."""
    return {"resources": moving.move(call.database, _way(call), _chosen(call.body), author=call.author)}


def _way(call: AdminCall) -> Way:
    source, target = own(call, call.body["source"]), own(call, call.body["target"])
    return moving.route_between(call.database, source.id, target.id)


def _chosen(body: dict[str, Any]) -> moving.Chosen:
    return moving.Chosen(tuple(body.get("users", ())), tuple(body.get("groups", ())), body.get("everything", False))


ROUTES = (
    Route("POST", "/moves/preview", preview_move, "Preview a move.", body=Move, answer=MovePreview),
    Route("POST", "/moves", move, "Move users and groups to another connection.", "admin", body=Move, answer=Moved),
)
