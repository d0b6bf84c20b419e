"""`/access`: may this person in, and with which roles; what a product asks."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from marshmallow import fields, validate

from optiid.services import access
from optiid.web.admin.identifiers import Id, told
from optiid.web.admin.route import Route, Shape

if TYPE_CHECKING:
    from optiid.services.access import Access as Found
    from optiid.web.admin.call import AdminCall


class Step(Shape):
    """A group on the way from a person to a role."""

    id = Id("group", required=True)
    name = fields.String(required=True)


class Reason(Shape):
    """Why somebody has a role: a grant to them, to a group, or to everyone."""

    kind = fields.String(required=True)
    grant = Id("grant", required=True)
    path = fields.List(fields.Nested(Step), required=True)
    text = fields.String(required=True)


class HeldRole(Shape):
    """A role in a product instance."""

    product = fields.String(required=True)
    instance = fields.String(required=True)
    role = fields.String(required=True)
    reasons = fields.List(fields.Nested(Reason), required=True)


class GroupOfPerson(Shape):
    """A group that a person is in; everyone's is `everyone`."""

    id = fields.String(required=True)
    name = fields.String(required=True)
    kind = fields.String(required=True)
    direct = fields.Boolean(required=True)
    team = fields.String(required=True, allow_none=True)


class Access(Shape):
    """What a person may do: nothing unless `allowed`. Who is not in the directory has no id and no state."""

    id = Id("user", required=True, allow_none=True)
    userName = fields.String(required=True)  # noqa: N815 - SCIM's name
    state = fields.String(required=True, allow_none=True)
    allowed = fields.Boolean(required=True)
    roles = fields.List(fields.Nested(HeldRole), required=True)
    groups = fields.List(fields.Nested(GroupOfPerson), required=True)


def ask_access(call: AdminCall) -> dict[str, Any]:
    """Return whether the person of a userName may enter; nobody of that name may not, which is no error."""
    name = call.query["userName"]
    found = access.may_enter(call.database, call.organization, name, call.query.get("instance"))
    if found is None:
        return {"id": None, "userName": name, "state": None, "allowed": False, "roles": [], "groups": []}
    return shown(found)


def show_access(call: AdminCall, user: str) -> dict[str, Any]:
    """Return what one person may do, and why."""
    return shown(access.access_of(call.database, call.organization, user))


def shown(found: Found) -> dict[str, Any]:
    """Return what is told of a person's access."""
    record = asdict(found)
    record["userName"] = record.pop("user_name")
    for one in record["groups"]:
        one["id"] = one["id"] if one["kind"] == "internal" else told("group", one["id"])
    return record


_QUERY = {
    "userName": fields.String(required=True, validate=validate.Length(1, 1024)),
    "instance": fields.String(validate=validate.Length(1, 64), metadata={
        "description": "Only roles in this product instance; who has none of them is not allowed."
    }),
}  # fmt: skip
ROUTES = (
    Route("GET", "/access", ask_access, "May this person in, and with which roles?", query=_QUERY, answer=Access),
    Route("GET", "/users/<user>/access", show_access, "Show what a user may do, and why.", answer=Access),
)
