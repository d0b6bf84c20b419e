"""`/instances`: where products run, and who has which role there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from marshmallow import fields, validate

from optiid.services import access, products
from optiid.web.admin.identifiers import told
from optiid.web.admin.nouns.access import Access, shown
from optiid.web.admin.nouns.products import IDENTIFIER
from optiid.web.admin.route import Answer, Listed, Route, Shape

if TYPE_CHECKING:
    from optiid.services.products import Instance as Found
    from optiid.web.admin.call import AdminCall


class Instance(Shape):
    """An instance of a product."""

    id = fields.String(required=True)
    product = fields.String(required=True)
    name = fields.String(required=True)
    created_at = fields.String(required=True)


class NewInstance(Shape):
    """An instance to be defined; its id is its name unless it has one."""

    id = fields.String(required=True, validate=IDENTIFIER)
    product = fields.String(required=True, validate=IDENTIFIER)
    name = fields.String(validate=validate.Length(1, 200))


def list_instances(call: AdminCall) -> Listed:
    """Return the instances of all products of the organization by id."""
    page = call.page
    found = sorted(products.instances(call.database, call.organization), key=lambda one: one.id)
    return page.of([one for one in found if one.id > page.after], lambda one: str(one.id))


def create_instance(call: AdminCall) -> Answer:
    """Define an instance of a product."""
    body = call.body
    made = products.create_instance(
        call.database, call.organization, body["product"], body["id"], body.get("name"), call.author
    )
    return Answer(made, {"Location": f"/api/v1/instances/{made.id}"})


def show_instance(call: AdminCall, instance: str) -> Found:
    """Return one instance."""
    return call.database.reading(lambda: products.find_instance(call.database, call.organization, instance))


def remove_instance(call: AdminCall, instance: str) -> None:
    """Remove an instance and all grants in it."""
    products.remove_instance(call.database, call.organization, instance, author=call.author)


def list_holders(call: AdminCall, instance: str, role: str) -> Listed:
    """Return the people who have a role in an instance, by age, with the reasons."""
    page = call.after("user")
    found = access.who_has(call.database, call.organization, instance, role, page.after, page.asked)
    chosen = page.of(found, lambda one: told("user", one.id))
    return Listed([shown(one) for one in chosen.data], chosen.next)


_ONE = "/instances/<instance>"
ROUTES = (
    Route("GET", "/instances", list_instances, "List product instances.", answer=Instance, listed=True),
    Route("POST", "/instances", create_instance, "Define a product instance.", "admin", body=NewInstance,
          answer=Instance, status=201),
    Route("GET", _ONE, show_instance, "Show a product instance.", answer=Instance),
    Route("DELETE", _ONE, remove_instance, "Remove a product instance.", "admin", status=204, refusals=(409,)),
    Route("GET", f"{_ONE}/roles/<role>/users", list_holders, "List who has a role.", answer=Access, listed=True),
)  # fmt: skip
