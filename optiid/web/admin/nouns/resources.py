"""What users and groups have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from marshmallow import ValidationError, fields

from optiid.services import directory, hand_made, roles
from optiid.services.api_keys import check_scope
from optiid.web.admin.identifiers import Id, told
from optiid.web.admin.route import Answer, Listed, Shape, tagged

if TYPE_CHECKING:
    from collections.abc import Sequence

    from optiid.storage.resources import Stored
    from optiid.web.admin.call import AdminCall

MOST_CHANGES = 1000


class Resource(Shape):
    """A user or group; its connection is null when it is made by hand. `attributes` are those of SCIM."""

    id = fields.String(required=True)
    displayName = fields.String(required=True)  # noqa: N815 - SCIM's name
    externalId = fields.String(required=True, allow_none=True)  # noqa: N815 - SCIM's name
    state = fields.String(required=True)
    connection = Id("connection", required=True, allow_none=True)
    attributes = fields.Dict(required=True, keys=fields.String())
    created_at = fields.String(required=True)
    updated_at = fields.String(required=True)


class NewResource(Shape):
    """A user or group to be made by hand, in attributes of SCIM."""

    attributes = fields.Dict(required=True, keys=fields.String())


def check_few(changes: dict[str, Any]) -> None:
    """Raise ValidationError for more changes than a request may have."""
    if len(changes) > MOST_CHANGES:
        raise ValidationError(f"{len(changes)} changes in one request; the limit is {MOST_CHANGES}: send several")


class ResourceChange(Shape):
    """Attributes to be changed, each by its path (`name.givenName`); null takes one away."""

    attributes = fields.Dict(required=True, keys=fields.String(), validate=check_few)


def create(call: AdminCall, kind: str) -> Answer:
    """Create a user or group by hand, from the body."""
    made = hand_made.create(call.database, call.organization, kind, call.body["attributes"], call.author).stored
    answer = tagged(shown(call, made), made.version)
    noun = kind.lower()
    return Answer(answer.body, {**answer.headers, "Location": f"/api/v1/{noun}s/{told(noun, made.id)}"})


def change(call: AdminCall, ident: str) -> Answer:
    """Change a user or group made by hand as the body says."""
    changes = call.body["attributes"]
    changed = hand_made.change(call.database, call.organization, ident, changes, call.conditions, call.author).stored
    return tagged(shown(call, changed), changed.version)


def shown(call: AdminCall, stored: Stored) -> dict[str, Any]:
    """Return what is told of a user or group."""
    return all_shown(call, stored.type, [stored])[0]


def all_shown(call: AdminCall, kind: str, found: Sequence[Stored]) -> list[dict[str, Any]]:
    """Return what is told of users, or of groups."""
    documents = [stored.document for stored in found]
    attributes = directory.attributes(call.database, call.organization, kind, documents)
    return [_told(stored, one) for stored, one in zip(found, attributes, strict=True)]


def _told(stored: Stored, attributes: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": stored.id,
        "userName": stored.document.get("userName"),
        "displayName": stored.display,
        "externalId": stored.document.get("externalId"),
        "state": stored.state,
        "connection": owner(stored.organization, stored.connection),
        "kind": "custom" if stored.connection == stored.organization else "scim",
        "attributes": attributes,
        "created_at": stored.created_at,
        "updated_at": stored.updated_at,
    }


def check_may_give_roles(call: AdminCall, ident: str) -> None:
    """Leave to the scope `admin` what would give a role away as a grant does. Raises ForbiddenError.

    It is about filling a group that has one, about another name for a user who has one, and about giving either to a
    connection, which could do both.
    """
    if not call.holder.may("admin") and roles.gives_any(call.database, call.organization, ident):
        check_scope(call.holder, "admin")


def owner(organization: str, connection: str) -> str | None:
    """Return the connection that owns something, None for what is made by hand."""
    return None if connection == organization else connection


def listed(call: AdminCall, kind: str, name: str | None) -> Listed:
    """Return a page of the directory by age, or who bears a name."""
    page = call.after(kind.lower())
    if name is None:
        found = directory.some(call.database, call.organization, kind, page.after, page.asked)
    else:
        found = [one for one in directory.named(call.database, call.organization, kind, name) if one.id > page.after]
    shown_page = page.of(found, lambda one: told(kind.lower(), one.id))
    return Listed(all_shown(call, kind, shown_page.data), shown_page.next)
