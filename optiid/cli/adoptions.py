"""`optiid adoption`: what connections could take over of what was made by hand."""

from __future__ import annotations

from dataclasses import asdict

import click

from optiid.cli.context import open_each, open_ready, settings_for_command
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
    with open_each(settings_for_command()) as databases:
        found = [
            one
            for database in databases
            for owner in meant(database, organization)
            for one in adoptions.list_all(database, owner.id)
        ]
    records = [
        {name: value for name, value in asdict(one).items() if name != "document"} | {"seen": one.seen} for one in found
    ]
    show_list(output, records, ["id", "resource", "connection", "matched_by", "state", "created_at", "seen"])


@adoption.command()
@click.argument("adoption_id")
@with_output
def show(adoption_id: str, output: str) -> None:
    """Show both sides: what is stored here and what the identity provider sent."""
    with open_ready(settings_for_command()) as database:
        show_record(output, adoptions.show(database, adoption_id))


@adoption.command()
@click.argument("adoption_ids", nargs=-1)
@click.option("--connection", "connection_id", help="All that wait for a decision of this connection.")
@click.option("--seen", required=True, multiple=True, help="`seen` of those that were looked at; what differs stays.")
@with_output
def approve(adoption_ids: tuple[str, ...], connection_id: str | None, seen: tuple[str, ...], output: str) -> int:
    """Give what was made by hand to the connection, users before groups; the identity provider finds it then.

    Example: optiid adoption approve ADOPTION_ID --seen DIGEST
    """
    if bool(adoption_ids) == bool(connection_id):
        raise click.UsageError("Name adoptions by their ids, or a connection with --connection")
    with open_ready(settings_for_command()) as database:
        chosen = adoption_ids or adoptions.waiting(database, str(connection_id))
        decided = adoptions.approve_some(database, chosen, {one for some in seen for one in some.split()})
    show_list(output, decided, ["id", "type", "resource", "approved", "reason"])
    return 0 if all(one.approved for one in decided) else 1


@adoption.command()
@click.argument("adoption_id")
@with_output
def refuse(adoption_id: str, output: str) -> None:
    """Refuse it: the identity provider keeps being answered 409, or makes another one where the names differ."""
    with open_ready(settings_for_command()) as database:
        adoptions.refuse(database, adoption_id)
    show_record(output, {"id": adoption_id, "refused": True})
