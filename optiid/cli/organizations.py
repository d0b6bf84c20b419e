"""`optiid organization`."""

from __future__ import annotations

import click

from optiid.cli.context import open_ready, settings_for_command
from optiid.cli.output import show_list, show_record, with_output
from optiid.services import organizations


@click.group()
def organization() -> None:
    """Organizations: the customers whose directories are kept here."""


@organization.command()
@click.argument("name")
@with_output
def create(name: str, output: str) -> None:
    """Create an organization.

    Example: optiid organization create "Acme"
    """
    with open_ready(settings_for_command()) as database:
        made = organizations.create(database, name)
    show_record(output, {"id": made.id, "name": made.name})


@organization.command("list")
@with_output
def list_(output: str) -> None:
    """List all organizations."""
    with open_ready(settings_for_command()) as database:
        show_list(output, organizations.list_all(database), ["id", "name", "created_at"])


@organization.command()
@click.argument("id_or_name")
@with_output
def show(id_or_name: str, output: str) -> None:
    """Show one organization."""
    with open_ready(settings_for_command()) as database:
        show_record(output, organizations.find(database, id_or_name))
