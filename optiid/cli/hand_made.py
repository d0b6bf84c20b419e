"""`optiid user|group create|change|remove` and the members of groups: what administrators make by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click
import orjson

from optiid.cli.context import open_ready, settings_for_command
from optiid.cli.directory import group, user
from optiid.cli.output import show_record, with_output
from optiid.errors import NotFoundError
from optiid.services import hand_made, organizations

if TYPE_CHECKING:
    from optiid.storage.database import Database
    from optiid.storage.resources import Stored

of_organization = click.option("--organization", required=True, help="Id or name of the organization.")
attributes = click.option(
    "--set", "given", multiple=True, metavar="NAME=VALUE", help="An attribute by its path; `null` takes it away."
)


def read_attribute(text: str) -> tuple[str, Any]:
    """Return path and value of NAME=VALUE: a list, an object, a quoted text, true, false or null as JSON, else text."""
    name, separator, value = text.partition("=")
    if not separator or not name:
        raise click.BadParameter(f"{text!r} is not NAME=VALUE", param_hint="--set")
    if value not in ("true", "false", "null") and not value.startswith(("[", "{", '"')):
        return name, value
    try:
        return name, orjson.loads(value)
    except orjson.JSONDecodeError as error:
        raise click.BadParameter(f"{value!r} is no JSON: {error}", param_hint="--set") from error


def nested(given: tuple[str, ...]) -> dict[str, Any]:
    """Return attributes as a SCIM body; `name.givenName` goes into `name`."""
    body: dict[str, Any] = {}
    for path, value in map(read_attribute, given):
        name, dot, sub = path.partition(".")
        if dot and not path.lower().startswith("urn:"):
            parts = body.setdefault(name, {})
            if not isinstance(parts, dict):
                raise click.BadParameter(f"{name!r} is given as a whole and in parts", param_hint="--set")
            parts[sub] = value
        else:
            body[path] = value
    return body


def shown(stored: Stored) -> dict[str, Any]:
    """Return what is told of a changed resource."""
    name = "userName" if stored.type == "User" else "displayName"
    return {"id": stored.id, name: stored.document[name], "state": stored.state, "organization": stored.organization}


def found_members(database: Database, organization: str, named: tuple[str, ...]) -> list[str]:
    """Return the ids of users, or else groups, by id or name. Raises NotFoundError."""
    return [_found_member(database, organization, one) for one in named]


def _found_member(database: Database, organization: str, id_or_name: str) -> str:
    try:
        return hand_made.find(database, organization, "User", id_or_name).id
    except NotFoundError:
        return hand_made.find(database, organization, "Group", id_or_name).id


def change(kind: str, id_or_name: str, organization: str, given: tuple[str, ...]) -> dict[str, Any]:
    """Change attributes of a user or group and return what is told of it."""
    changes = dict(map(read_attribute, given))
    with open_ready(settings_for_command()) as database:
        owner = organizations.find(database, organization).id
        ident = hand_made.find(database, owner, kind, id_or_name).id
        return shown(hand_made.change(database, owner, ident, changes).stored)


def remove(kind: str, id_or_name: str, organization: str) -> dict[str, Any]:
    """Remove a user or group and return what is told of it."""
    with open_ready(settings_for_command()) as database:
        owner = organizations.find(database, organization).id
        ident = hand_made.find(database, owner, kind, id_or_name).id
        hand_made.remove(database, owner, ident)
        return {"id": ident, "removed": True}


@user.command("create")
@click.argument("user_name")
@of_organization
@attributes
@with_output
def create_user(user_name: str, organization: str, given: tuple[str, ...], output: str) -> None:
    """Create a person by hand.

    Example: optiid user create ada@example.com --organization Acme --set name.givenName=Ada
    """
    body = {"userName": user_name} | nested(given)
    with open_ready(settings_for_command()) as database:
        owner = organizations.find(database, organization).id
        made = hand_made.create(database, owner, "User", body)
    show_record(output, shown(made.stored))


@user.command("change")
@click.argument("id_or_name")
@of_organization
@attributes
@with_output
def change_user(id_or_name: str, organization: str, given: tuple[str, ...], output: str) -> None:
    """Change a person who was made by hand.

    Example: optiid user change ada@example.com --organization Acme --set title=Engineer
    """
    show_record(output, change("User", id_or_name, organization, given))


@user.command("remove")
@click.argument("id_or_name")
@of_organization
@with_output
def remove_user(id_or_name: str, organization: str, output: str) -> None:
    """Remove a person who was made by hand; until the retention has passed they can be restored."""
    show_record(output, remove("User", id_or_name, organization))


@group.command("create")
@click.argument("display_name")
@of_organization
@click.option("--member", "members", multiple=True, metavar="ID_OR_NAME", help="A user or group.")
@with_output
def create_group(display_name: str, organization: str, members: tuple[str, ...], output: str) -> None:
    """Create a group by hand; it may have members from every connection.

    Example: optiid group create "Project X" --organization Acme --member ada@example.com
    """
    with open_ready(settings_for_command()) as database:
        owner = organizations.find(database, organization).id
        idents = found_members(database, owner, members)
        body = {"displayName": display_name, "members": [{"value": ident} for ident in idents]}
        made = hand_made.create(database, owner, "Group", body)
    show_record(output, shown(made.stored))


@group.command("change")
@click.argument("id_or_name")
@of_organization
@attributes
@with_output
def change_group(id_or_name: str, organization: str, given: tuple[str, ...], output: str) -> None:
    """Change a group that was made by hand.

    Example: optiid group change "Project X" --organization Acme --set displayName="Project Y"
    """
    show_record(output, change("Group", id_or_name, organization, given))


@group.command("remove")
@click.argument("id_or_name")
@of_organization
@with_output
def remove_group(id_or_name: str, organization: str, output: str) -> None:
    """Remove a group that was made by hand; its members stay."""
    show_record(output, remove("Group", id_or_name, organization))


@group.command("add-member")
@click.argument("id_or_name")
@click.argument("members", nargs=-1, required=True)
@of_organization
@with_output
def add_member(id_or_name: str, members: tuple[str, ...], organization: str, output: str) -> None:
    """Add users or groups, whichever connection they belong to, to a group that was made by hand."""
    with open_ready(settings_for_command()) as database:
        owner = organizations.find(database, organization).id
        ident = hand_made.find(database, owner, "Group", id_or_name).id
        made = hand_made.change_members(database, owner, ident, add=found_members(database, owner, members))
    show_record(output, shown(made.stored))


@group.command("remove-member")
@click.argument("id_or_name")
@click.argument("members", nargs=-1, required=True)
@of_organization
@with_output
def remove_member(id_or_name: str, members: tuple[str, ...], organization: str, output: str) -> None:
    """Take members out of a group that was made by hand."""
    with open_ready(settings_for_command()) as database:
        owner = organizations.find(database, organization).id
        ident = hand_made.find(database, owner, "Group", id_or_name).id
        made = hand_made.change_members(database, owner, ident, remove=found_members(database, owner, members))
    show_record(output, shown(made.stored))
