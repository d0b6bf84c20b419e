"""Rows of products, their roles and their instances; every organization has the built-in product from its beginning."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from optiid.clock import timestamp

if TYPE_CHECKING:
    from optiid.storage.database import Database

# Product and its one instance bear the same id in every organization.
ADMIN_CENTER, ADMIN_CENTER_NAME, ADMINISTRATOR = "admin-center", "Admin Center", "administrator"

_INSERT_PRODUCT = """
INSERT INTO product (organization, id, name, created_at) VALUES (?, ?, ?, ?)
ON CONFLICT DO NOTHING RETURNING id"""
_INSERT_ROLE = """
INSERT INTO product_role (organization, product, name_key, name, created_at) VALUES (?, ?, ?, ?, ?)
ON CONFLICT DO NOTHING RETURNING name_key"""
_INSERT_INSTANCE = """
INSERT INTO product_instance (organization, id, product, name, created_at) VALUES (?, ?, ?, ?, ?)
ON CONFLICT DO NOTHING RETURNING id"""

# Primary keys, in all of these.
_PRODUCTS = "SELECT p.id, p.name, p.created_at FROM product p WHERE p.organization = ?"
_ROLES = "SELECT r.product, r.name_key, r.name FROM product_role r WHERE r.organization = ?"
_INSTANCES = "SELECT i.id, i.product, i.name, i.created_at FROM product_instance i WHERE i.organization = ?"


@dataclass(frozen=True, slots=True)
class Product:
    """A product of an organization."""

    id: str
    name: str
    created_at: str


@dataclass(frozen=True, slots=True)
class Role:
    """A role of a product; `key` is what its name is compared by."""

    product: str
    key: str
    name: str


@dataclass(frozen=True, slots=True)
class Instance:
    """An instance of a product."""

    id: str
    product: str
    name: str
    created_at: str


def insert_built_in(database: Database, organization: str) -> None:
    """Store what a new organization has from its beginning: the Admin Center and its role."""
    insert_product(database, organization, ADMIN_CENTER, ADMIN_CENTER_NAME)
    insert_role(database, organization, Role(ADMIN_CENTER, ADMINISTRATOR, ADMINISTRATOR))
    insert_instance(database, organization, ADMIN_CENTER, ADMIN_CENTER, ADMIN_CENTER_NAME)


def insert_product(database: Database, organization: str, ident: str, name: str) -> bool:
    """Store a product and say whether its id was free."""
    return bool(database.rows(_INSERT_PRODUCT, (organization, ident, name, timestamp())))


def insert_role(database: Database, organization: str, role: Role) -> bool:
    """Store a role and say whether the product had none of that name."""
    return bool(database.rows(_INSERT_ROLE, (organization, role.product, role.key, role.name, timestamp())))


def insert_instance(database: Database, organization: str, ident: str, product: str, name: str) -> bool:
    """Store an instance and say whether its id was free."""
    return bool(database.rows(_INSERT_INSTANCE, (organization, ident, product, name, timestamp())))


def products(database: Database, organization: str) -> list[Product]:
    """Return the products of an organization by id."""
    return [Product(*row) for row in database.rows(f"{_PRODUCTS} ORDER BY p.id", (organization,))]


def find_product(database: Database, organization: str, ident: str) -> Product | None:
    """Return a product by its id, or None."""
    row = database.row(f"{_PRODUCTS} AND p.id = ?", (organization, ident))
    return None if row is None else Product(*row)


def roles(database: Database, organization: str) -> list[Role]:
    """Return the roles of all products of an organization, by product and name."""
    sql = f"{_ROLES} ORDER BY r.product, r.name_key"
    return [Role(*row) for row in database.rows(sql, (organization,))]


def find_role(database: Database, organization: str, product: str, key: str) -> Role | None:
    """Return a role of a product, or None."""
    row = database.row(f"{_ROLES} AND r.product = ? AND r.name_key = ?", (organization, product, key))
    return None if row is None else Role(*row)


def instances(database: Database, organization: str) -> list[Instance]:
    """Return the instances of all products of an organization, by product and id."""
    sql = f"{_INSTANCES} ORDER BY i.product, i.id"
    return [Instance(*row) for row in database.rows(sql, (organization,))]


def find_instance(database: Database, organization: str, ident: str) -> Instance | None:
    """Return an instance by its id, or None."""
    row = database.row(f"{_INSTANCES} AND i.id = ?", (organization, ident))
    return None if row is None else Instance(*row)


def delete_product(database: Database, organization: str, ident: str) -> None:
    """Delete a product with its roles and instances, and the grants of them."""
    database.execute("DELETE FROM product WHERE organization = ? AND id = ?", (organization, ident))


def delete_role(database: Database, organization: str, product: str, key: str) -> None:
    """Delete a role with its grants."""
    sql = "DELETE FROM product_role WHERE organization = ? AND product = ? AND name_key = ?"
    database.execute(sql, (organization, product, key))


def delete_instance(database: Database, organization: str, ident: str) -> None:
    """Delete an instance with the grants of it."""
    database.execute("DELETE FROM product_instance WHERE organization = ? AND id = ?", (organization, ident))
