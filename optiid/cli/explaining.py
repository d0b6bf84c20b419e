"""`optiid user explain`: one person's whole history."""

from __future__ import annotations

from dataclasses import asdict

import click

from optiid.cli.context import open_ready, settings_for_command
from optiid.cli.directory import user
from optiid.cli.output import show_json, with_output
from optiid.services import explaining, organizations


@user.command()
@click.argument("id_or_name")
@click.option("--organization", required=True, help="Id or name of the organization.")
@with_output
def explain(id_or_name: str, organization: str, output: str) -> None:
    """Tell what happened to a person, who did it, and which group gives which role.

    Example: optiid user explain ada@example.com --organization Acme
    """
    with open_ready(settings_for_command()) as database:
        found = explaining.explain(database, organizations.find(database, organization).id, id_or_name)
    if output == "json":
        show_json(asdict(found))
        return
    click.echo(f"{found.user_name or 'A user who was purged'} ({found.id})")
    for text in found.now:
        click.echo(f"  {text}.")
    click.echo()
    for one in found.history:
        request = f"  [{one.request}]" if one.request else ""
        click.echo(f"{one.at[:19].replace('T', ' ')}  {one.text}.{request}")
