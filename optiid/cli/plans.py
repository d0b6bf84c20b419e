"""`optiid plan` and `optiid connection dry-run`: what a connection would change, before it does."""

from __future__ import annotations

from dataclasses import asdict

import click

from optiid.cli.connections import connection, shown
from optiid.cli.context import open_ready, settings_for_command
from optiid.cli.output import show_json, show_list, show_record, with_output
from optiid.cli.progress import Progress
from optiid.services import dry_run, plan_applying, plans

of_connection = click.option("--connection", "connection_id", required=True, help="Id of the connection.")


@connection.command("dry-run")
@click.argument("connection_id")
@with_output
def begin(connection_id: str, output: str) -> None:
    """Let a connection answer as if live, and plan its changes instead of making them.

    Example: optiid connection dry-run CONNECTION_ID
    """
    settings = settings_for_command()
    with open_ready(settings) as database:
        show_record(output, shown(dry_run.begin(database, connection_id), settings))


@click.group()
def plan() -> None:
    """Plans: what connections in dry run would change in the directory."""


@plan.command()
@of_connection
@click.option("--limit", type=click.IntRange(0, 1000000), default=1000, help="How many users and groups at most.")
@with_output
def show(connection_id: str, limit: int, output: str) -> None:
    """Show who would be created, changed, deprovisioned, deleted, restored or linked, and which memberships."""
    with open_ready(settings_for_command()) as database:
        found = plans.show(database, connection_id, limit)
    if output == "json":
        show_json(asdict(found))
        return
    click.echo(f"Connection {found.connection} ({found.state}), planning since {found.since[:19]}Z")
    click.echo(", ".join(f"{number} {what}" for what, number in found.counts.items()) or "nothing would change")
    for title, rows, columns in (
        ("Users and groups", found.items, ["change", "type", "id", "name", "changed"]),
        ("Memberships", found.memberships, ["change", "group", "member"]),
        ("Waiting for an adoption", found.linked, ["adoption", "resource", "name"]),
    ):
        if rows:
            click.echo(f"\n{title}")
            show_list(output, rows, columns)


@plan.command()
@of_connection
@with_output
def apply(connection_id: str, output: str) -> int:
    """Make the plan real and let the connection go live; exit status 1 when something has to stay planned."""
    with open_ready(settings_for_command()) as database:
        progress = Progress("resources")
        made = plan_applying.apply(database, connection_id, progress)
        progress.end()
    if output == "json":
        show_json(asdict(made))
    else:
        told = {"connection": made.connection, "state": made.state}
        show_record(output, told | {"resources": made.resources, "memberships": made.memberships})
        for one in made.blocked:
            click.echo(f"{one.item.type} {one.item.id} ({one.item.name}) stays planned: {one.reason}", err=True)
    return 1 if made.blocked else 0


@plan.command()
@of_connection
@click.option("--then", "state", type=click.Choice(["paused", "active"]), default="paused", help="State afterwards.")
@with_output
def discard(connection_id: str, state: str, output: str) -> None:
    """Drop the plan: the connection has what the directory has again."""
    settings = settings_for_command()
    with open_ready(settings) as database:
        show_record(output, shown(plans.discard(database, connection_id, state), settings))
