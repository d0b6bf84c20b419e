"""`/tombstones`: people who are deactivated or deleted, and can be restored for a while."""

from __future__ import annotations

from typing import TYPE_CHECKING

from marshmallow import fields

from optiid.services import purging, restoring
from optiid.web.admin.identifiers import Id, told
from optiid.web.admin.nouns.resources import owner, shown
from optiid.web.admin.nouns.users import User
from optiid.web.admin.route import Answer, Listed, Route, Shape, tagged

if TYPE_CHECKING:
    from optiid.web.admin.call import AdminCall


class Tombstone(Shape):
    """A person out of the directory, or suspended; `deleted_at` is null while the identity provider knows them."""

    id = Id("user", required=True)
    userName = fields.String(required=True)  # noqa: N815 - SCIM's name
    state = fields.String(required=True)
    connection = Id("connection", required=True, allow_none=True)
    deleted_at = fields.String(required=True, allow_none=True)


def list_tombstones(call: AdminCall) -> Listed:
    """Return who is out of the directory, by age."""
    page = call.after("user")
    found = [
        one | {"connection": owner(call.organization, one["connection"])}
        for one in restoring.list_some(call.database, call.organization, page.after, page.asked)
    ]
    return page.of(found, lambda one: told("user", one["id"]))


def restore_user(call: AdminCall, user: str) -> Answer:
    """Make a user active again, under the same id and in the same groups."""
    found = restoring.restore(call.database, call.organization, user, author=call.author)
    return tagged(shown(call, found), found.version)


def purge_user(call: AdminCall, user: str) -> None:
    """Purge a user who is gone, with all personal data."""
    purging.purge(call.database, call.organization, user, author=call.author)


ROUTES = (
    Route("GET", "/tombstones", list_tombstones, "List who can be restored.", answer=Tombstone, listed=True),
    Route("POST", "/tombstones/<user>/restore", restore_user, "Restore a user.", "write", answer=User, versioned=True),
    Route("DELETE", "/tombstones/<user>", purge_user, "Purge a user for good.", "admin", status=204, refusals=(409,)),
)
