"""`/products`: what people use, and the roles that each has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from marshmallow import fields, validate

from optiid.services import products
from optiid.web.admin.route import Answer, Listed, Route, Shape

if TYPE_CHECKING:
    from optiid.services.products import Described
    from optiid.services.products import Role as DefinedRole
    from optiid.web.admin.call import AdminCall

IDENTIFIER = validate.Length(1, 64)


class Product(Shape):
    """A product; one that is built in cannot be removed."""

    id = fields.String(required=True)
    name = fields.String(required=True)
    roles = fields.List(fields.String(), required=True)
    instances = fields.List(fields.String(), required=True)
    built_in = fields.Boolean(required=True)
    created_at = fields.String(required=True)


class NewProduct(Shape):
    """A product to be defined; its id is its name unless it has one."""

    id = fields.String(required=True, validate=IDENTIFIER)
    name = fields.String(validate=validate.Length(1, 200))


class Role(Shape):
    """A role of a product."""

    product = fields.String(required=True)
    name = fields.String(required=True)


class NewRole(Shape):
    """A role to be defined."""

    name = fields.String(required=True, validate=validate.Length(1, 200))


def list_products(call: AdminCall) -> Listed:
    """Return the products of the organization by id."""
    page = call.page
    found = sorted(products.list_all(call.database, call.organization), key=lambda one: one.id)
    return page.of([one for one in found if one.id > page.after], lambda one: str(one.id))


def create_product(call: AdminCall) -> Answer:
    """Define a product."""
    made = products.create(call.database, call.organization, call.body["id"], call.body.get("name"), author=call.author)
    return Answer(products.get(call.database, call.organization, made.id), {"Location": f"/api/v1/products/{made.id}"})


def show_product(call: AdminCall, product: str) -> Described:
    """Return one product."""
    return products.get(call.database, call.organization, product)


def remove_product(call: AdminCall, product: str) -> None:
    """Remove a product with its roles, its instances and all grants of them."""
    products.remove(call.database, call.organization, product, author=call.author)


def add_role(call: AdminCall, product: str) -> DefinedRole:
    """Define a role of a product."""
    return products.add_role(call.database, call.organization, product, call.body["name"], author=call.author)


def remove_role(call: AdminCall, product: str, role: str) -> None:
    """Remove a role and all grants of it."""
    products.remove_role(call.database, call.organization, product, role, author=call.author)


_ONE = "/products/<product>"
ROUTES = (
    Route("GET", "/products", list_products, "List products.", answer=Product, listed=True),
    Route("POST", "/products", create_product, "Define a product.", "admin", body=NewProduct, answer=Product,
          status=201),
    Route("GET", _ONE, show_product, "Show a product.", answer=Product),
    Route("DELETE", _ONE, remove_product, "Remove a product.", "admin", status=204, refusals=(409,)),
    Route("POST", f"{_ONE}/roles", add_role, "Define a role.", "admin", body=NewRole, answer=Role, status=201),
    Route("DELETE", f"{_ONE}/roles/<role>", remove_role, "Remove a role.", "admin", status=204, refusals=(409,)),
)  # fmt: skip
