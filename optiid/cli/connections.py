"""`optiid connection`."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from optiid.cli.context import open_each, open_ready, profiles_of, settings_for_command
from optiid.cli.output import show_list, show_record, with_output
from optiid.cli.values import read_pair
from optiid.services import connections, organizations, request_log

if TYPE_CHECKING:
    from optiid.services.connections import Connection
    from optiid.settings import Settings


@click.group()
def connection() -> None:
    """Connections: one for each application of an identity provider."""


def shown(made: Connection, settings: Settings) -> dict[str, Any]:
    """Return a connection with the base URL its identity provider is pointed at."""
    return asdict(made) | {"base_url": settings.scim_base_url}


@connection.command()
@click.option("--organization", required=True, help="Id or name of the organization.")
@click.option("--profile", required=True, help="Profile of the identity provider; `optiid profile list` shows them.")
@click.option("--name", help="Name of the connection.")
@click.option("--setting", "chosen", multiple=True, metavar="NAME=VALUE", help="A setting of the profile.")
@with_output
def create(organization: str, profile: str, name: str | None, chosen: tuple[str, ...], output: str) -> None:
    """Create a connection.

    Example: optiid connection create --organization Acme --profile standard
    """
    settings = settings_for_command()
    with open_ready(settings) as database:
        owner = organizations.find(database, organization)
        given = dict(read_pair(text, "--setting") for text in chosen)
        made = connections.create(database, owner.id, profiles_of(settings).get(profile), name, given)
    record = {"id": made.id, "organization": made.organization, "profile": made.profile, "name": made.name}
    show_record(output, record | {"base_url": settings.scim_base_url})


@connection.command("list")
@click.option("--organization", help="Id or name of an organization; all when left out.")
@with_output
def list_(organization: str | None, output: str) -> None:
    """List connections."""
    settings = settings_for_command()
    with open_each(settings) as databases:
        found = [
            shown(made, settings)
            for database in databases
            for made in connections.list_all(
                database, organizations.find(database, organization).id if organization else None
            )
        ]
    show_list(output, found, ["id", "organization", "profile", "name", "state"])


@connection.command()
@click.argument("connection_id")
@with_output
def show(connection_id: str, output: str) -> None:
    """Show one connection."""
    settings = settings_for_command()
    with open_ready(settings) as database:
        show_record(output, shown(connections.get(database, connection_id), settings))


@connection.command()
@click.argument("connection_id")
@click.option("--setting", "chosen", multiple=True, required=True, metavar="NAME=VALUE", help="null: default again.")
@with_output
def configure(connection_id: str, chosen: tuple[str, ...], output: str) -> None:
    """Change settings of the profile for a connection.

    Example: optiid connection configure CONNECTION_ID --setting require_if_match=true
    """
    settings = settings_for_command()
    with open_ready(settings) as database:
        changes = dict(read_pair(text, "--setting") for text in chosen)
        made = connections.change_settings(database, profiles_of(settings), connection_id, changes)
    show_record(output, shown(made, settings))


@connection.command()
@click.argument("connection_id")
@with_output
def pause(connection_id: str, output: str) -> None:
    """Answer a connection 503 until it is activated again; nothing is changed meanwhile."""
    change(connection_id, "paused", output)


@connection.command()
@click.argument("connection_id")
@with_output
def activate(connection_id: str, output: str) -> None:
    """Let a paused connection work again."""
    change(connection_id, "active", output)


@connection.command()
@click.argument("connection_id")
@with_output
def forget(connection_id: str, output: str) -> None:
    """Delete the requests that were recorded of a connection; they hold personal data."""
    settings = settings_for_command()
    with open_ready(settings) as database:
        deleted = request_log.forget(database, connections.get(database, connection_id))
    show_record(output, {"id": connection_id, "deleted": deleted})


def change(connection_id: str, state: str, output: str) -> None:
    """Change the state of a connection and show it."""
    settings = settings_for_command()
    with open_ready(settings) as database:
        show_record(output, shown(connections.change_state(database, connection_id, state), settings))
