"""`optiid key`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from optiid.cli.context import open_each, open_ready, settings_for_command
from optiid.cli.output import show_list, show_record, with_output
from optiid.cli.tokens import Duration
from optiid.services import api_keys, organizations
from optiid.services.api_keys import INSTALLATION, SCOPES

if TYPE_CHECKING:
    from optiid.storage.database import Database

of_organization = click.option(
    "--organization", help="Id or name of the organization; without it, the key is one of the whole installation."
)


def meant(database: Database, organization: str | None) -> str:
    """Return the id of the organization that is named, or nothing for the installation."""
    return organizations.find(database, organization).id if organization else INSTALLATION


@click.group()
def key() -> None:
    """Keys of the admin API: the secrets of administrators' programs."""


@key.command()
@click.argument("name")
@of_organization
@click.option("--scope", type=click.Choice(SCOPES), default="read", show_default=True, help="What the key allows.")
@click.option("--expires-in", type=Duration(), default="365d", show_default=True, help="Life of the key.")
@click.option("--shard", help="Whose organizations a key of the installation reaches; the first when left out.")
@with_output
def create(name: str, organization: str | None, shard: str | None, output: str, **about: Any) -> None:
    """Create a key; its secret is shown this once.

    Example: optiid key create "Portal" --organization Acme --scope read
    """
    if organization and shard:
        raise click.UsageError("A key of an organization is made where that lies: leave --shard out")
    with open_ready(settings_for_command(), shard) as database:
        made, secret = api_keys.create(database, meant(database, organization), name, **about)
    show_record(output, {"id": made.id, "key": secret, "scope": made.scope, "expires_at": made.expires_at})


@key.command("list")
@of_organization
@with_output
def list_(organization: str | None, output: str) -> None:
    """List the keys of an organization, or those of the installation, without their secrets."""
    with open_each(settings_for_command()) as databases:
        found = [
            one
            for database in databases
            for one in api_keys.list_some(database, meant(database, organization), limit=10_000)
        ]
    columns = ["id", "name", "scope", "prefix", "created_at", "expires_at", "last_used_at", "revoked_at"]
    show_list(output, found, columns)


@key.command()
@click.argument("key_id")
@with_output
def revoke(key_id: str, output: str) -> None:
    """Revoke a key; every worker refuses it from now on."""
    with open_ready(settings_for_command()) as database:
        found = api_keys.find(database, key_id)
        api_keys.revoke(database, found.organization, found.id)
    show_record(output, {"id": key_id, "revoked": True})
