"""`/organizations`: the customers, and the rules of each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from marshmallow import fields, validate

from optiid.services import organization_rules, organizations
from optiid.services.api_keys import check_installation
from optiid.services.rules import LONGEST_RETENTION_DAYS, PRESETS
from optiid.web.admin.identifiers import Id, told
from optiid.web.admin.route import Answer, Listed, Route, Shape

if TYPE_CHECKING:
    from optiid.services.organizations import Organization as Found
    from optiid.web.admin.call import AdminCall


class Organization(Shape):
    """A customer."""

    id = Id("organization", required=True)
    name = fields.String(required=True)
    created_at = fields.String(required=True)


class NewOrganization(Shape):
    """An organization to be made."""

    name = fields.String(required=True, validate=validate.Length(1, 200))
    preset = fields.String(validate=validate.OneOf(list(PRESETS)))


class Rules(Shape):
    """What holds for an organization whatever its identity providers choose; null leaves it to them."""

    inactive = fields.String(required=True, allow_none=True)
    rename_users = fields.String(required=True, allow_none=True)
    filters = fields.String(required=True)
    unique_names = fields.String(required=True)
    retention_days = fields.Integer(required=True, allow_none=True, strict=True)
    system_groups = fields.List(fields.String(), required=True)


class RulesChange(Shape):
    """Rules to be changed; a preset replaces all that was chosen before."""

    preset = fields.String(validate=validate.OneOf(list(PRESETS)))
    inactive = fields.String(allow_none=True, validate=validate.OneOf(["delete", "erase", "suspend"]))
    rename_users = fields.String(allow_none=True, validate=validate.OneOf(["allow", "refuse"]))
    filters = fields.String(validate=validate.OneOf(["any", "equality"]))
    unique_names = fields.String(validate=validate.OneOf(["organization", "installation"]))
    retention_days = fields.Integer(allow_none=True, strict=True, validate=validate.Range(0, LONGEST_RETENTION_DAYS))
    system_groups = fields.List(fields.String())


def list_organizations(call: AdminCall) -> Listed:
    """Return organizations by age: all for a key of the installation, else the one."""
    page = call.after("organization")
    if call.organization:
        own = organizations.find(call.database, call.organization)
        return page.of([own] if own.id > page.after else [], _cursor)
    return page.of(organizations.list_some(call.database, page.after, page.asked), _cursor)


def create_organization(call: AdminCall) -> Answer:
    """Create an organization."""
    preset = call.body.get("preset", "standard")
    made = organizations.create(call.database, call.body["name"], preset=preset, author=call.author)
    return Answer(made, {"Location": f"/api/v1/organizations/{told('organization', made.id)}"})


def show_organization(call: AdminCall) -> Found:
    """Return one organization."""
    return organizations.find(call.database, call.organization)


def show_rules(call: AdminCall) -> Answer:
    """Return the rules of an organization."""
    return _tagged(call, organization_rules.shown(organization_rules.of_organization(call.database, call.organization)))


def change_rules(call: AdminCall) -> Answer:
    """Change rules of an organization."""
    if organization_rules.reaches_others(call.body):
        check_installation(call.holder, "A rule that looks at other organizations")
    changed = organization_rules.change(
        call.database, call.organization, call.body, call.conditions, author=call.author
    )
    return _tagged(call, organization_rules.shown(changed))


def _tagged(call: AdminCall, body: dict[str, Any]) -> Answer:
    return Answer(body, {"ETag": organization_rules.entity_tag_of(call.database, call.organization)})


def _cursor(one: Found) -> str:
    return told("organization", one.id)


_ONE = "/organizations/<organization>"
ROUTES = (
    Route("GET", "/organizations", list_organizations, "List organizations.", place="anywhere",
          answer=Organization, listed=True),
    Route("POST", "/organizations", create_organization, "Create an organization.", "admin", "installation",
          body=NewOrganization, answer=Organization, status=201, refusals=(409,)),
    Route("GET", _ONE, show_organization, "Show an organization.", place="path", answer=Organization),
    Route("GET", f"{_ONE}/rules", show_rules, "Show the rules of an organization.", place="path", answer=Rules,
          versioned=True),
    Route("PATCH", f"{_ONE}/rules", change_rules, "Change rules of an organization.", "admin", "path",
          body=RulesChange, answer=Rules, versioned=True, refusals=(409,)),
)  # fmt: skip
