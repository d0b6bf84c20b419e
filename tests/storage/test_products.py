"""Rows of products, roles and instances: what every organization has, and that nothing is there twice."""

from __future__ import annotations

from typing import Any

from optiid.storage import products
from optiid.storage.products import Role


def test_every_organization_begins_with_the_admin_center(service: Any) -> None:
    database, organization = service.database, service.connect().organization
    assert [found.id for found in products.products(database, organization)] == ["admin-center"]
    assert products.roles(database, organization) == [Role("admin-center", "administrator", "administrator")]
    assert [(found.id, found.product) for found in products.instances(database, organization)] == [
        ("admin-center", "admin-center")
    ]


def test_rows_are_found_in_their_organization_alone_and_go_together(service: Any) -> None:
    database, organization = service.database, service.connect().organization
    other = service.connect().organization

    def fill() -> list[bool]:
        return [
            products.insert_product(database, organization, "cms", "CMS"),
            products.insert_role(database, organization, Role("cms", "editor", "Editor")),
            products.insert_instance(database, organization, "cms-prod", "cms", "Production"),
        ]

    assert database.transaction(fill) == [True] * 3
    assert database.transaction(fill) == [False] * 3
    assert products.find_role(database, organization, "cms", "editor") == Role("cms", "editor", "Editor")
    assert products.find_instance(database, organization, "cms-prod").name == "Production"  # type: ignore[union-attr]  # it is there
    assert products.find_product(database, other, "cms") is None
    assert products.find_instance(database, other, "cms-prod") is None
    database.transaction(lambda: products.delete_product(database, organization, "cms"))
    assert products.find_role(database, organization, "cms", "editor") is None
    assert products.find_instance(database, organization, "cms-prod") is None


def test_role_and_instance_can_go_alone(service: Any) -> None:
    database, organization = service.database, service.connect().organization

    def work() -> None:
        products.insert_product(database, organization, "cms", "CMS")
        products.insert_role(database, organization, Role("cms", "editor", "Editor"))
        products.insert_instance(database, organization, "cms-prod", "cms", "Production")
        products.delete_role(database, organization, "cms", "editor")
        products.delete_instance(database, organization, "cms-prod")

    database.transaction(work)
    assert products.find_product(database, organization, "cms") is not None
    assert products.find_role(database, organization, "cms", "editor") is None
    assert products.find_instance(database, organization, "cms-prod") is None
