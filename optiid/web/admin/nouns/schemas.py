"""`/schemas`: attributes that an organization adds to users or groups."""

from __future__ import annotations

from typing import TYPE_CHECKING

from marshmallow import fields, validate

from optiid.services import extension_schemas
from optiid.web.admin.route import Answer, Listed, Route, Shape

if TYPE_CHECKING:
    from optiid.services.extension_schemas import ExtensionSchema
    from optiid.web.admin.call import AdminCall

TYPES = ("User", "Group")


class ExtensionSchemaShape(Shape):
    """A schema of an organization; the document is as it was given."""

    urn = fields.String(required=True)
    name = fields.String(required=True)
    resource_type = fields.String(required=True, validate=validate.OneOf(TYPES))
    document = fields.Dict(required=True, keys=fields.String())
    created_at = fields.String(required=True)


class NewExtensionSchema(Shape):
    """A schema to be added: a document as SCIM's /Schemas shows it."""

    resource_type = fields.String(validate=validate.OneOf(TYPES))
    document = fields.Dict(required=True, keys=fields.String())


def list_schemas(call: AdminCall) -> Listed:
    """Return the schemas of the organization by URN."""
    page = call.page
    found = sorted(extension_schemas.list_all(call.database, call.organization), key=lambda one: one.urn)
    return page.of([one for one in found if one.urn > page.after], lambda one: one.urn)


def add_schema(call: AdminCall) -> Answer:
    """Add a schema to a resource type."""
    kind = call.body.get("resource_type", "User")
    return Answer(
        extension_schemas.add(call.database, call.organization, call.body["document"], kind, author=call.author)
    )


def show_schema(call: AdminCall, urn: str) -> ExtensionSchema:
    """Return one schema."""
    return extension_schemas.get(call.database, call.organization, urn)


def remove_schema(call: AdminCall, urn: str) -> None:
    """Remove a schema that no resource has values of."""
    extension_schemas.remove(call.database, call.organization, urn, author=call.author)


ROUTES = (
    Route("GET", "/schemas", list_schemas, "List extension schemas.", answer=ExtensionSchemaShape, listed=True),
    Route("POST", "/schemas", add_schema, "Add an extension schema.", "admin", body=NewExtensionSchema,
          answer=ExtensionSchemaShape, status=201, refusals=(409,)),
    Route("GET", "/schemas/<urn>", show_schema, "Show an extension schema.", answer=ExtensionSchemaShape),
    Route("DELETE", "/schemas/<urn>", remove_schema, "Remove an extension schema.", "admin", status=204,
          refusals=(409,)),
)  # fmt: skip
