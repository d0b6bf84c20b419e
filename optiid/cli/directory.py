"""`optiid user` and `optiid group`: the directory view, in which whoever is gone is not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from optiid.cli.context import open_each, settings_for_command
from optiid.cli.output import show_list, show_record, with_output
from optiid.errors import NotFoundError
from optiid.services import directory, organizations

if TYPE_CHECKING:
    from collections.abc import Callable

    from optiid.storage.database import Database

of_organization = click.option("--organization", help="Id or name; all organizations when left out.")


def meant(database: Database, id_or_name: str | None) -> list[organizations.Organization]:
    """Return the organization that is named, or all."""
    return [organizations.find(database, id_or_name)] if id_or_name else organizations.list_all(database)


def list_in(
    list_one: Callable[[Database, str], list[dict[str, Any]]], organization: str | None
) -> list[dict[str, Any]]:
    """Return the records of the organization that is named, or of all, each with the id of its organization."""
    with open_each(settings_for_command()) as databases:
        return [
            {"organization": owner.id} | record
            for database in databases
            for owner in meant(database, organization)
            for record in list_one(database, owner.id)
        ]


def show_in(
    show_one: Callable[[Database, str, str], dict[str, Any]], id_or_name: str, organization: str | None
) -> dict[str, Any]:
    """Return one record. Raises NotFoundError when none is found, and a usage error when several are."""
    found = []
    missing = NotFoundError("There is no organization yet")
    with open_each(settings_for_command()) as databases:
        for database, owner in ((one, owner) for one in databases for owner in meant(one, organization)):
            try:
                found.append({"organization": owner.id} | show_one(database, owner.id, id_or_name))
            except NotFoundError as error:
                missing = error
    if not found:
        raise missing
    if len(found) > 1:
        raise click.UsageError(f"{len(found)} organizations have {id_or_name!r}: name one with --organization")
    return found[0]


@click.group()
def user() -> None:
    """People in the directory: those who may come in."""


@user.command("list")
@of_organization
@with_output
def list_users(organization: str | None, output: str) -> None:
    """List people."""
    show_list(output, list_in(directory.users, organization), ["id", "userName", "displayName", "state", "created_at"])


@user.command("show")
@click.argument("id_or_name")
@of_organization
@with_output
def show_user(id_or_name: str, organization: str | None, output: str) -> None:
    """Show one person with attributes and groups."""
    show_record(output, show_in(directory.user, id_or_name, organization))


@click.group()
def group() -> None:
    """Groups in the directory."""


@group.command("list")
@of_organization
@with_output
def list_groups(organization: str | None, output: str) -> None:
    """List groups."""
    show_list(
        output, list_in(directory.groups, organization), ["id", "displayName", "kind", "externalId", "created_at"]
    )


@group.command("show")
@click.argument("id_or_name")
@of_organization
@with_output
def show_group(id_or_name: str, organization: str | None, output: str) -> None:
    """Show one group with its members in the directory."""
    show_record(output, show_in(directory.group, id_or_name, organization))
