"""`optiid adoption`: what connections could take over of what was made by hand."""

from __future__ import annotations

from dataclasses import asdict

import click

from optiid.cli.context import open_ready, settings_for_command
from optiid.cli.directory import meant
from optiid.cli.output import show_list, show_record, with_output
from optiid.services import adoptions


@click.group()
def adoption() -> None:
    """Adoptions: connections with `adopt=ask` that may take over what was made by hand."""


@adoption.command("list")
@click.option("--organization", help="Id or name; all organizations when left out.")
@with_output
def list_(organization: str | None, output: str) -> None:
    """List what waits for a decision, and what was refused."""
    with open_ready(settings_for_command()) as database:
        found = [one for owner in meant(database, organization) for one in adoptions.list_all(database, owner.id)]
    records = [{name: value for name, value in asdict(one).items() if name != "document"} for one in found]
    show_list(output, records, ["id", "resource", "connection", "matched_by", "state", "created_at"])


@adoption.command()
@click.argument("adoption_id")
@with_output
def show(adoption_id: str, output: str) -> None:
    """Show both sides: what is stored here and what the identity provider sent."""
    with open_ready(settings_for_command()) as database:
        show_record(output, adoptions.show(database, adoption_id))


@adoption.command()
@click.argument("adoption_id")
@with_output
def approve(adoption_id: str, output: str) -> None:
    """Give it to the connection under the same id; the identity provider finds it with its next look-up."""
    with open_ready(settings_for_command()) as database:
        made = adoptions.approve(database, adoption_id)
    show_record(output, {"id": made.id, "type": made.type, "connection": made.connection})


@adoption.command()
@click.argument("adoption_id")
@with_output
def refuse(adoption_id: str, output: str) -> None:
    """Refuse it: the identity provider keeps being answered 409, or makes another one where the names differ."""
    with open_ready(settings_for_command()) as database:
        adoptions.refuse(database, adoption_id)
    show_record(output, {"id": adoption_id, "refused": True})
