"""`optiid product` and `optiid instance`: what roles are granted in."""

from __future__ import annotations

from dataclasses import asdict

import click

from optiid.cli.context import open_ready, settings_for_command
from optiid.cli.directory import list_in
from optiid.cli.output import show_list, show_record, with_output
from optiid.services import organizations, products

of_organization = click.option("--organization", required=True, help="Id or name of the organization.")
of_any = click.option("--organization", help="Id or name; all organizations when left out.")


@click.group()
def product() -> None:
    """Products of an organization, with the roles that people can have in them."""


@product.command("create")
@click.argument("product_id")
@of_organization
@click.option("--name", help="What people read; the id when left out.")
@click.option("--role", "role_names", multiple=True, help="A role of it; more with `optiid role create`.")
@with_output
def create_product(
    product_id: str, organization: str, name: str | None, role_names: tuple[str, ...], output: str
) -> None:
    """Define a product.

    Example: optiid product create cms --organization Acme --role Editor --role Viewer
    """
    with open_ready(settings_for_command()) as database:
        owner = organizations.find(database, organization).id
        made = products.create(database, owner, product_id, name)
        for role_name in role_names:
            products.add_role(database, owner, made.id, role_name)
        show_record(output, products.get(database, owner, made.id))


@product.command("list")
@of_any
@with_output
def list_products(organization: str | None, output: str) -> None:
    """List products with their roles and instances."""
    found = list_in(lambda database, owner: [asdict(one) for one in products.list_all(database, owner)], organization)
    show_list(output, found, ["id", "name", "roles", "instances", "built_in"])


@product.command("remove")
@click.argument("product_id")
@of_organization
@with_output
def remove_product(product_id: str, organization: str, output: str) -> None:
    """Remove a product with its roles, its instances and every grant of them."""
    with open_ready(settings_for_command()) as database:
        ident = products.remove(database, organizations.find(database, organization).id, product_id)
    show_record(output, {"id": ident, "removed": True})


@click.group()
def instance() -> None:
    """Instances of products, in which roles are granted and teams are."""


@instance.command("create")
@click.argument("product_id")
@click.argument("instance_id")
@of_organization
@click.option("--name", help="What people read; the id when left out.")
@with_output
def create_instance(product_id: str, instance_id: str, organization: str, name: str | None, output: str) -> None:
    """Define an instance of a product.

    Example: optiid instance create cms cms-prod --organization Acme --name "Production"
    """
    with open_ready(settings_for_command()) as database:
        owner = organizations.find(database, organization).id
        show_record(output, products.create_instance(database, owner, product_id, instance_id, name))


@instance.command("list")
@of_any
@with_output
def list_instances(organization: str | None, output: str) -> None:
    """List instances."""
    found = list_in(lambda database, owner: [asdict(one) for one in products.instances(database, owner)], organization)
    show_list(output, found, ["id", "product", "name", "created_at"])


@instance.command("remove")
@click.argument("instance_id")
@of_organization
@with_output
def remove_instance(instance_id: str, organization: str, output: str) -> None:
    """Remove an instance and every grant in it; teams must be gone before."""
    with open_ready(settings_for_command()) as database:
        gone = products.remove_instance(database, organizations.find(database, organization).id, instance_id)
    show_record(output, {"id": gone.id, "removed": True})
