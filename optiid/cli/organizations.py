"""`optiid organization`."""

from __future__ import annotations

import click

from optiid.cli.context import open_each, open_ready, open_shards, settings_for_command
from optiid.cli.output import show_list, show_record, with_output
from optiid.cli.progress import Progress
from optiid.cli.values import read_pair
from optiid.services import organization_rules, organizations, sharding
from optiid.services.rules import PRESETS


@click.group()
def organization() -> None:
    """Organizations: the customers whose directories are kept here."""


@organization.command()
@click.argument("name")
@click.option("--preset", type=click.Choice(list(PRESETS)), default="standard", help="Rules to begin with.")
@click.option("--shard", help="The shard it is to lie on, of those in the setting `shards`; the first when left out.")
@with_output
def create(name: str, preset: str, shard: str | None, output: str) -> None:
    """Create an organization.

    Example: optiid organization create "Acme"
    """
    with open_ready(settings_for_command(), shard) as database:
        made = organizations.create(database, name, preset=preset)
    show_record(output, {"id": made.id, "name": made.name})


@organization.command("list")
@with_output
def list_(output: str) -> None:
    """List all organizations."""
    with open_each(settings_for_command()) as databases:
        found = [one for database in databases for one in organizations.list_all(database)]
    show_list(output, found, ["id", "name", "created_at"])


@organization.command()
@click.argument("id_or_name")
@with_output
def show(id_or_name: str, output: str) -> None:
    """Show one organization."""
    with open_ready(settings_for_command()) as database:
        show_record(output, organizations.find(database, id_or_name))


@organization.command()
@click.argument("id_or_name")
@click.option("--shard", required=True, help="Where it is to lie, of the shards in the setting `shards`, or first.")
@with_output
def place(id_or_name: str, shard: str, output: str) -> None:
    """Move an organization to another shard while the service runs; cut off and run again, it goes on.

    Example: optiid organization place Acme --shard east
    """
    shown: list[Progress] = []

    def watch(noun: str, total: int) -> Progress:
        shown.append(Progress(noun, total))
        return shown[-1]

    with open_shards(settings_for_command()) as shards:
        try:
            show_record(output, sharding.place(shards, id_or_name, shard, watch))
        finally:
            for progress in shown:
                progress.end()


@organization.command()
@click.argument("id_or_name")
@click.option("--set", "chosen", multiple=True, metavar="NAME=VALUE", help="A rule, or `preset`; lists are JSON.")
@with_output
def rules(id_or_name: str, chosen: tuple[str, ...], output: str) -> None:
    """Show the rules of an organization, or change some.

    Example: optiid organization rules Acme --set preset=opti --set retention_days=7
    """
    changes = dict(read_pair(text, "--set") for text in chosen)
    with open_ready(settings_for_command()) as database:
        found = organizations.find(database, id_or_name)
        if changes:
            organization_rules.change(database, found.id, changes)
        show_record(output, organization_rules.shown(organization_rules.of_organization(database, found.id)))
