"""`/groups`: groups in the directory, and their members."""

from __future__ import annotations

from typing import TYPE_CHECKING

from marshmallow import fields, validate

from optiid.services import directory, hand_made
from optiid.web.admin.identifiers import Id, MemberId, told
from optiid.web.admin.nouns.resources import (
    NewResource,
    Resource,
    ResourceChange,
    change,
    check_may_give_roles,
    create,
    listed,
    shown,
)
from optiid.web.admin.route import Answer, Listed, Route, Shape, tagged

if TYPE_CHECKING:
    from optiid.storage.resources import Stored
    from optiid.web.admin.call import AdminCall

MOST_MEMBERS = 1000


# Paths that cannot reach members, who have many: with the schema's URN before them, or all of the schema at once.
_NO_MEMBERS = ("displayname", "externalid")


class Group(Resource):
    """A group of an identity provider (`scim`) or made by hand (`custom`); its members are listed apart."""

    id = Id("group", required=True)
    kind = fields.String(required=True)


class Member(Shape):
    """A user or group in a group."""

    id = fields.String(required=True)
    type = fields.String(required=True)
    display = fields.String(required=True, allow_none=True)


class MembersChange(Shape):
    """Who joins a group and who leaves it."""

    add = fields.List(MemberId(), validate=validate.Length(max=MOST_MEMBERS))
    remove = fields.List(MemberId(), validate=validate.Length(max=MOST_MEMBERS))


def list_groups(call: AdminCall) -> Listed:
    """Return groups of the organization by age."""
    return listed(call, "Group", call.query.get("displayName"))


def create_group(call: AdminCall) -> Answer:
    """Create a group by hand."""
    return create(call, "Group")


def show_group(call: AdminCall, group: str) -> Answer:
    """Return one group."""
    found = _found(call, group)
    return tagged(shown(call, found), found.version)


def change_group(call: AdminCall, group: str) -> Answer:
    """Change attributes of a group made by hand."""
    known = _found(call, group)
    changes = call.body["attributes"]
    if any(path.lower() not in _NO_MEMBERS for path in changes):
        check_may_give_roles(call, known.id)
    return change(call, known.id)


def remove_group(call: AdminCall, group: str) -> None:
    """Remove a group made by hand; its members stay."""
    hand_made.remove(call.database, call.organization, _found(call, group).id, call.conditions, call.author)


def list_members(call: AdminCall, group: str) -> Listed:
    """Return the members of a group in the directory, by age."""
    page = call.page
    known = _found(call, group)
    after = page.after[4:] if page.after[:4] in ("usr_", "grp_") else page.after
    found = directory.members_of(call.database, call.organization, known.id, after, page.asked)
    members = [{"id": told(one.type.lower(), one.id), "type": one.type, "display": one.display} for one in found]
    return page.of(members, lambda one: str(one["id"]))


def change_members(call: AdminCall, group: str) -> Answer:
    """Add and remove members of a group made by hand, whichever connection they belong to."""
    known, body = _found(call, group), call.body
    if body.get("add"):
        check_may_give_roles(call, known.id)
    changed = hand_made.change_members(
        call.database, call.organization, known.id, body.get("add", ()), body.get("remove", ()), call.author
    ).stored
    return tagged(shown(call, changed), changed.version)


def _found(call: AdminCall, ident: str) -> Stored:
    return directory.one(call.database, call.organization, "Group", ident)


_ONE = "/groups/<group>"
_NAME = fields.String(metadata={"description": "Only the group of this name, whatever its case."})
ROUTES = (
    Route("GET", "/groups", list_groups, "List groups.", query={"displayName": _NAME}, answer=Group, listed=True),
    Route("POST", "/groups", create_group, "Create a group by hand.", "write", body=NewResource, answer=Group,
          status=201, versioned=True, refusals=(409,)),
    Route("GET", _ONE, show_group, "Show a group.", answer=Group, versioned=True),
    Route("PATCH", _ONE, change_group, "Change a group that was made by hand.", "write", body=ResourceChange,
          answer=Group, versioned=True, refusals=(409,)),
    Route("DELETE", _ONE, remove_group, "Remove a group that was made by hand.", "write", status=204,
          refusals=(409, 412)),
    Route("GET", f"{_ONE}/members", list_members, "List the members of a group.", answer=Member, listed=True),
    Route("POST", f"{_ONE}/members", change_members, "Change the members of a group that was made by hand.", "write",
          body=MembersChange, answer=Group, versioned=True),
)  # fmt: skip
