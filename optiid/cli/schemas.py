"""`optiid schema`."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING, Any

import click

from optiid.cli.context import open_ready, settings_for_command
from optiid.cli.output import show_list, show_record, with_output
from optiid.services import extension_schemas, organizations

if TYPE_CHECKING:
    from optiid.services.extension_schemas import ExtensionSchema


@click.group()
def schema() -> None:
    """Extension schemas: attributes that an organization adds to users or groups."""


def shown(made: ExtensionSchema) -> dict[str, Any]:
    """Return what is told of a schema besides its document."""
    return {
        "urn": made.urn, "name": made.name, "resource_type": made.resource_type, "created_at": made.created_at,
    }  # fmt: skip


@schema.command()
@click.argument("organization")
@click.argument("file", type=click.File("rb"))
@click.option("--resource-type", default="User", show_default=True, help="User or Group: what the attributes are of.")
@with_output
def add(organization: str, file: IO[bytes], resource_type: str, output: str) -> None:
    """Add a schema, a JSON document as /Schemas shows it, to an organization; FILE may be - for stdin.

    Example: optiid schema add Acme badge.json
    """
    document = extension_schemas.read_document(file.read())
    with open_ready(settings_for_command()) as database:
        owner = organizations.find(database, organization)
        made = extension_schemas.add(database, owner.id, document, resource_type.capitalize())
    show_record(output, shown(made) | {"organization": owner.id})


@schema.command("list")
@click.argument("organization")
@with_output
def list_(organization: str, output: str) -> None:
    """List the schemas an organization added."""
    with open_ready(settings_for_command()) as database:
        owner = organizations.find(database, organization)
        found = [shown(made) for made in extension_schemas.list_all(database, owner.id)]
    show_list(output, found, ["urn", "name", "resource_type", "created_at"])


@schema.command()
@click.argument("organization")
@click.argument("urn")
@with_output
def show(organization: str, urn: str, output: str) -> None:
    """Show one schema as it was given."""
    with open_ready(settings_for_command()) as database:
        owner = organizations.find(database, organization)
        show_record(output, extension_schemas.get(database, owner.id, urn).document)


@schema.command()
@click.argument("organization")
@click.argument("urn")
@with_output
def remove(organization: str, urn: str, output: str) -> None:
    """Remove a schema that no resource has values of."""
    with open_ready(settings_for_command()) as database:
        owner = organizations.find(database, organization)
        extension_schemas.remove(database, owner.id, urn)
    show_record(output, {"urn": urn, "removed": True})
