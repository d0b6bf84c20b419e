"""`/users`: people in the directory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from marshmallow import fields

from optiid.scim.resource_types import USER
from optiid.services import directory, hand_made
from optiid.web.admin.identifiers import Id, told
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


class User(Resource):
    """A person who may come in, or is suspended."""

    id = Id("user", required=True)
    userName = fields.String(required=True)  # noqa: N815 - SCIM's name


class GroupOfUser(Shape):
    """A group that a user is in, directly or through other groups."""

    id = Id("group", required=True)
    displayName = fields.String(required=True)  # noqa: N815 - SCIM's name
    direct = fields.Boolean(required=True)


def list_users(call: AdminCall) -> Listed:
    """Return people of the organization by age."""
    return listed(call, "User", call.query.get("userName"))


def create_user(call: AdminCall) -> Answer:
    """Create a person by hand."""
    return create(call, "User")


def show_user(call: AdminCall, user: str) -> Answer:
    """Return one person."""
    found = _found(call, user)
    return tagged(shown(call, found), found.version)


def change_user(call: AdminCall, user: str) -> Answer:
    """Change attributes of a person made by hand."""
    known = _found(call, user)
    changes = call.body["attributes"]
    if any("username" in path.lower() or path.lower() == USER.schema.urn.lower() for path in changes):
        check_may_give_roles(call, known.id)
    return change(call, known.id)


def remove_user(call: AdminCall, user: str) -> None:
    """Remove a person made by hand; until the retention ends they can be restored."""
    hand_made.remove(call.database, call.organization, _found(call, user).id, call.conditions, call.author)


def list_groups_of_user(call: AdminCall, user: str) -> Listed:
    """Return the groups a person is in, by age."""
    page = call.after("group")
    found = directory.groups_of(call.database, call.organization, _found(call, user).id)
    groups = [{"id": one.id, "displayName": one.display, "direct": one.direct} for one in found if one.id > page.after]
    return page.of(groups, lambda one: told("group", one["id"]))


def _found(call: AdminCall, ident: str) -> Stored:
    return directory.one(call.database, call.organization, "User", ident)


_ONE = "/users/<user>"
_NAME = fields.String(metadata={"description": "Only who bears this name, whatever its case."})
ROUTES = (
    Route("GET", "/users", list_users, "List users.", query={"userName": _NAME}, answer=User, listed=True),
    Route("POST", "/users", create_user, "Create a user by hand.", "write", body=NewResource, answer=User, status=201,
          versioned=True, refusals=(409,)),
    Route("GET", _ONE, show_user, "Show a user.", answer=User, versioned=True),
    Route("PATCH", _ONE, change_user, "Change a user who was made by hand.", "write", body=ResourceChange, answer=User,
          versioned=True, refusals=(409,)),
    Route("DELETE", _ONE, remove_user, "Remove a user who was made by hand.", "write", status=204,
          refusals=(409, 412)),
    Route("GET", f"{_ONE}/groups", list_groups_of_user, "List the groups of a user.", answer=GroupOfUser, listed=True),
)  # fmt: skip
