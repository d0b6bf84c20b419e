"""`optiid role`: roles of products, and whom they are granted."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, TypedDict, TypeVar, Unpack

import click

from optiid.cli.context import open_ready, settings_for_command
from optiid.cli.directory import list_in
from optiid.cli.output import show_list, show_record, with_output
from optiid.services import organizations, products, roles
from optiid.services.roles import TO_EVERYONE, Subject

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

Command = TypeVar("Command", bound="Callable[..., Any]")


class Whom(TypedDict):
    """What the options say of whom a grant is to."""

    user: str | None
    group: str | None
    everyone: bool


of_organization = click.option("--organization", required=True, help="Id or name of the organization.")


def to_somebody(command: Command) -> Command:
    """Add the options that say whom a grant is to."""
    for option in (
        click.option("--everyone", is_flag=True, help="To every person in the directory."),
        click.option("--group", help="To a group, by id or name."),
        click.option("--user", help="To a person, by id or name."),
    ):
        command = option(command)
    return command


def read_subject(whom: Whom) -> Subject:
    """Return whom a grant is to; raise a usage error unless exactly one is named."""
    named = [Subject("user", whom["user"])] if whom["user"] else []
    named += [Subject("group", whom["group"])] if whom["group"] else []
    named += [TO_EVERYONE] if whom["everyone"] else []
    if len(named) != 1:
        raise click.UsageError("Name one of --user, --group and --everyone")
    return named[0]


@click.group()
def role() -> None:
    """Roles in product instances: granted to people, to groups, and to everyone."""


@role.command()
@click.argument("product_id")
@click.argument("name")
@of_organization
@with_output
def create(product_id: str, name: str, organization: str, output: str) -> None:
    """Define a role of a product."""
    with open_ready(settings_for_command()) as database:
        made = products.add_role(database, organizations.find(database, organization).id, product_id, name)
    show_record(output, {"product": made.product, "role": made.name})


@role.command()
@click.argument("product_id")
@click.argument("name")
@of_organization
@with_output
def remove(product_id: str, name: str, organization: str, output: str) -> None:
    """Remove a role of a product, and every grant of it."""
    with open_ready(settings_for_command()) as database:
        gone = products.remove_role(database, organizations.find(database, organization).id, product_id, name)
    show_record(output, {"product": gone.product, "role": gone.name, "removed": True})


@role.command()
@click.argument("instance_id")
@click.argument("name")
@of_organization
@to_somebody
@with_output
def grant(instance_id: str, name: str, organization: str, output: str, **whom: Unpack[Whom]) -> None:
    """Grant a role in an instance.

    Example: optiid role grant cms-prod Editor --organization Acme --group "Web team"
    """
    subject = read_subject(whom)
    with open_ready(settings_for_command()) as database:
        owner = organizations.find(database, organization).id
        show_record(output, roles.grant(database, owner, instance_id, name, subject))


@role.command()
@click.argument("instance_id")
@click.argument("name")
@of_organization
@to_somebody
@with_output
def revoke(instance_id: str, name: str, organization: str, output: str, **whom: Unpack[Whom]) -> None:
    """End a grant; whoever has the role by another grant, too, keeps it."""
    subject = read_subject(whom)
    with open_ready(settings_for_command()) as database:
        ended = roles.revoke(database, organizations.find(database, organization).id, instance_id, name, subject)
    show_record(output, {"id": ended.id, "instance": ended.instance, "role": ended.role, "revoked": True})


@role.command("list")
@click.option("--organization", help="Id or name; all organizations when left out.")
@click.option("--instance", help="Only what is granted in this instance.")
@with_output
def list_(organization: str | None, instance: str | None, output: str) -> None:
    """List what is granted to whom."""
    found = list_in(
        lambda database, owner: [asdict(one) for one in roles.list_all(database, owner, instance)], organization
    )
    for one in found:
        del one["new"]
    show_list(output, found, ["instance", "role", "subject_kind", "subject_name", "subject", "created_at"])
