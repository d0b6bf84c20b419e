"""`/adoptions`: users and groups made by hand that connections could take over."""

from __future__ import annotations

from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING, Any

from marshmallow import fields, validate

from optiid.scim.versions import entity_tag
from optiid.services import adoptions, directory
from optiid.web.admin.identifiers import Id, told
from optiid.web.admin.nouns.connections import own
from optiid.web.admin.nouns.resources import check_may_give_roles
from optiid.web.admin.route import Answer, Listed, Route, Shape

if TYPE_CHECKING:
    from optiid.services.adoptions import Preview
    from optiid.web.admin.call import AdminCall


class Adoption(Shape):
    """Both sides of an adoption: what is stored here, and what the identity provider sent last."""

    id = Id("adoption", required=True)
    connection = Id("connection", required=True)
    resource = fields.String(required=True)
    type = fields.String(required=True)
    state = fields.String(required=True)
    matched_by = fields.String(required=True)
    created_at = fields.String(required=True)
    here = fields.Dict(required=True, keys=fields.String())
    sent = fields.Dict(required=True, keys=fields.String())
    differing = fields.List(fields.String(), required=True)
    renamed_to = fields.String(required=True, allow_none=True)
    leaving = fields.List(fields.String(), required=True)
    closing = fields.List(Id("user"), required=True)
    roles = fields.List(fields.String(), required=True)
    seen = fields.String(required=True)


class Seen(Shape):
    """`seen` of each adoption that was looked at."""

    seen = fields.List(fields.String(), required=True, validate=validate.Length(1))


class Adopted(Shape):
    """What was given to a connection."""

    resource = fields.String(required=True)
    connection = Id("connection", required=True)


class Decision(Shape):
    """What became of one of several adoptions; `reason` says why it was not approved."""

    id = Id("adoption", required=True)
    resource = fields.String(required=True)
    approved = fields.Boolean(required=True)
    reason = fields.String(required=True)


class Decisions(Shape):
    """What became of all adoptions of a connection that waited."""

    decisions = fields.List(fields.Nested(Decision), required=True)


def list_adoptions(call: AdminCall) -> Listed:
    """Return adoptions by age."""
    page = call.after("adoption")
    found = sorted(adoptions.list_all(call.database, call.organization), key=lambda one: one.id)
    chosen = page.of([one for one in found if one.id > page.after], lambda one: told("adoption", one.id))
    return Listed([_shown(call, adoptions.show(call.database, one.id)) for one in chosen.data], chosen.next)


def show_adoption(call: AdminCall, adoption: str) -> Answer:
    """Return both sides of an adoption."""
    found = _own(call, adoption)
    return Answer(_shown(call, found), {"ETag": entity_tag(found.seen)})


def approve_adoption(call: AdminCall, adoption: str) -> dict[str, str]:
    """Give what was made by hand to the connection that asked for it."""
    known = _own(call, adoption)
    check_may_give_roles(call, known.resource)
    stored = adoptions.approve(call.database, known.id, call.conditions.named(), author=call.author)
    return {"resource": told(stored.type.lower(), stored.id), "connection": stored.connection}


def approve_waiting(call: AdminCall, connection: str) -> dict[str, Any]:
    """Approve all adoptions of a connection that wait and were seen, users before their groups."""
    waiting = adoptions.waiting(call.database, own(call, connection).id)
    for one in waiting:
        check_may_give_roles(call, adoptions.show(call.database, one).resource)
    decided = adoptions.approve_some(call.database, waiting, call.body["seen"], author=call.author)
    return {
        "decisions": [asdict(one) | {"resource": told(one.type.lower(), one.resource)} for one in decided],
    }


def refuse_adoption(call: AdminCall, adoption: str) -> None:
    """Refuse an adoption for good."""
    adoptions.refuse(call.database, _own(call, adoption).id, author=call.author)


def _own(call: AdminCall, ident: str) -> Preview:
    return call.own("adoption", ident, partial(adoptions.show, organization=call.organization))


def _shown(call: AdminCall, found: Preview) -> dict[str, Any]:
    here, sent = directory.attributes(call.database, call.organization, found.type, [found.here, found.sent])
    return asdict(found) | {"resource": told(found.type.lower(), found.resource), "here": here, "sent": sent}


_ONE = "/adoptions/<adoption>"
ROUTES = (
    Route("GET", "/adoptions", list_adoptions, "List adoptions.", answer=Adoption, listed=True),
    Route("GET", _ONE, show_adoption, "Show both sides of an adoption.", answer=Adoption, versioned=True),
    Route(
        "POST",
        f"{_ONE}/approve",
        approve_adoption,
        "Approve an adoption.",
        "write",
        answer=Adopted,
        refusals=(412, 428),
    ),
    Route(
        "POST",
        "/connections/<connection>/adoptions/approve",
        approve_waiting,
        "Approve all adoptions that wait and were seen.",
        "write",
        body=Seen,
        answer=Decisions,
    ),
    Route("POST", f"{_ONE}/refuse", refuse_adoption, "Refuse an adoption.", "write", status=204),
)
