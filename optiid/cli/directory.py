"""`optiid user` and `optiid group`: the directory view, in which whoever is gone is not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from optiid.cli.context import open_ready, settings_for_command
from optiid.cli.output import show_list, show_record, with_output
from optiid.services import directory, organizations

if TYPE_CHECKING:
    from optiid.storage.database import Database

of_organization = click.option("--organization", help="Id or name; may be left out when there is only one.")


def organization_id(database: Database, id_or_name: str | None) -> str:
    """Return the id of the organization that is meant."""
    if id_or_name is not None:
        return organizations.find(database, id_or_name).id
    found = organizations.list_all(database)
    if len(found) != 1:
        raise click.UsageError(f"There are {len(found)} organizations: name one with --organization")
    return found[0].id


@click.group()
def user() -> None:
    """People in the directory: those who may come in."""


@user.command("list")
@of_organization
@with_output
def list_users(organization: str | None, output: str) -> None:
    """List the people of an organization."""
    with open_ready(settings_for_command()) as database:
        found = directory.users(database, organization_id(database, organization))
    show_list(output, found, ["id", "userName", "displayName", "state", "created_at"])


@user.command("show")
@click.argument("id_or_name")
@of_organization
@with_output
def show_user(id_or_name: str, organization: str | None, output: str) -> None:
    """Show one person with attributes and groups."""
    with open_ready(settings_for_command()) as database:
        show_record(output, directory.user(database, organization_id(database, organization), id_or_name))


@click.group()
def group() -> None:
    """Groups in the directory."""


@group.command("list")
@of_organization
@with_output
def list_groups(organization: str | None, output: str) -> None:
    """List the groups of an organization."""
    with open_ready(settings_for_command()) as database:
        found = directory.groups(database, organization_id(database, organization))
    show_list(output, found, ["id", "displayName", "externalId", "created_at"])


@group.command("show")
@click.argument("id_or_name")
@of_organization
@with_output
def show_group(id_or_name: str, organization: str | None, output: str) -> None:
    """Show one group with its members in the directory."""
    with open_ready(settings_for_command()) as database:
        show_record(output, directory.group(database, organization_id(database, organization), id_or_name))
