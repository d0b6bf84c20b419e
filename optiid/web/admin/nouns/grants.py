"""`/grants`: roles in product instances, given to users, to groups and to everyone."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from marshmallow import ValidationError, fields, validate, validates_schema

from optiid.services import roles
from optiid.services.roles import TO_EVERYONE, Subject
from optiid.web.admin.identifiers import Id, told
from optiid.web.admin.nouns.products import IDENTIFIER
from optiid.web.admin.route import Listed, Route, Shape

if TYPE_CHECKING:
    from optiid.services.roles import Granted
    from optiid.web.admin.call import AdminCall

SUBJECTS = ("user", "group", "everyone")


class Grant(Shape):
    """A role in an instance and whom it is given; the subject of everyone has no id."""

    id = Id("grant", required=True)
    product = fields.String(required=True)
    instance = fields.String(required=True)
    role = fields.String(required=True)
    subject_kind = fields.String(required=True)
    subject = fields.String(required=True, allow_none=True)
    subject_name = fields.String(required=True)
    created_at = fields.String(required=True)


class NewGrant(Shape):
    """A role to be given to one of these: a user, a group, or everyone."""

    instance = fields.String(required=True, validate=IDENTIFIER)
    role = fields.String(required=True, validate=validate.Length(1, 200))
    user = Id("user")
    group = Id("group")
    everyone = fields.Boolean(truthy={True}, falsy=set(), metadata={"enum": [True]})

    @validates_schema
    def check_subject(self, data: dict[str, Any], **_: Any) -> None:
        """Raise ValidationError unless exactly one subject is named."""
        if sum(name in data for name in SUBJECTS) != 1:
            raise ValidationError("Name one of user, group and everyone", "user")


def list_grants(call: AdminCall) -> Listed:
    """Return grants by age, of all instances or one."""
    page = call.after("grant")
    found = sorted(roles.list_all(call.database, call.organization, call.query.get("instance")), key=lambda one: one.id)
    chosen = page.of([one for one in found if one.id > page.after], lambda one: told("grant", one.id))
    return Listed([_shown(one) for one in chosen.data], chosen.next)


def grant_role(call: AdminCall) -> dict[str, Any]:
    """Grant a role; what is granted already stays as it is."""
    body = call.body
    subject = TO_EVERYONE
    if "user" in body:
        subject = Subject("user", body["user"])
    elif "group" in body:
        subject = Subject("group", body["group"])
    return _shown(roles.grant(call.database, call.organization, body["instance"], body["role"], subject, call.author))


def revoke_grant(call: AdminCall, grant: str) -> None:
    """End a grant."""
    roles.revoke_by_id(call.database, call.organization, grant, call.author)


def _shown(found: Granted) -> dict[str, Any]:
    is_everyone = found.subject_kind == "everyone"
    subject = None if is_everyone else told(found.subject_kind.lower(), found.subject)
    return asdict(found) | {"subject": subject}


_INSTANCE = fields.String(validate=IDENTIFIER, metadata={"description": "Only grants in this instance."})
ROUTES = (
    Route("GET", "/grants", list_grants, "List grants of roles.", query={"instance": _INSTANCE}, answer=Grant,
          listed=True),
    Route("POST", "/grants", grant_role, "Grant a role.", "admin", body=NewGrant, answer=Grant, status=201),
    Route("DELETE", "/grants/<grant>", revoke_grant, "End a grant.", "admin", status=204, refusals=(409,)),
)  # fmt: skip
