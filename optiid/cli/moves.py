"""`optiid connection move|remove`: what a connection owns finds another owner."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import click

from optiid.cli.connections import connection
from optiid.cli.context import open_ready, profiles_of, settings_for_command
from optiid.cli.output import show_record, with_output
from optiid.cli.progress import Progress
from optiid.services import moving, removing


@connection.command()
@click.option("--from", "source", required=True, metavar="CONNECTION_ID", help="Whose users and groups move.")
@click.option("--to", "target", required=True, metavar="CONNECTION_ID", help="A connection of the same organization.")
@click.option("--user", "users", multiple=True, metavar="ID_OR_NAME", help="A user who moves; may be repeated.")
@click.option("--group", "groups", multiple=True, metavar="ID_OR_NAME", help="A group that moves; may be repeated.")
@click.option("--all", "everything", is_flag=True, help="All users, groups and tombstones.")
@click.option("--dry-run", is_flag=True, help="Show what would happen, and do nothing.")
@click.option("--yes", is_flag=True, help="Do it; without it the preview is shown, and the exit status is 1.")
@with_output
def move(**given: Any) -> int:
    """Move users and groups to another connection of the organization; ids stay.

    Example: optiid connection move --from OLD_ID --to NEW_ID --all --dry-run
    """
    settings = settings_for_command()
    chosen = moving.Chosen(given["users"], given["groups"], given["everything"])
    if chosen.everything and (chosen.users or chosen.groups):
        raise click.UsageError("--all already means every user and group")
    with open_ready(settings) as database:
        route = moving.route_between(database, given["source"], given["target"])
        seen = moving.preview(database, profiles_of(settings), route, chosen)
        if given["dry_run"] or not given["yes"]:
            return _previewed(given["output"], asdict(seen), "" if given["dry_run"] else "Say --yes to move them")
        progress = Progress("resources", seen.users + seen.groups + seen.tombstones)
        moved = moving.move(database, route, chosen, progress)
        progress.end()
    show_record(given["output"], asdict(seen) | {"moved": moved})
    return 0


@connection.command()
@click.argument("connection_id")
@click.option("--keep", "fate", flag_value="keep", help="Its users and groups become hand-made.")
@click.option("--delete", "fate", flag_value="delete", help="Its users are deprovisioned, its groups deleted.")
@with_output
def remove(connection_id: str, fate: Any, output: str) -> int:
    """Remove a connection for good; without --keep or --delete, show what it owns.

    Example: optiid connection remove CONNECTION_ID --keep
    """
    with open_ready(settings_for_command()) as database:
        seen = removing.preview(database, connection_id)
        if fate is None:
            return _previewed(output, asdict(seen), "Say --keep (they become hand-made) or --delete (they lose access)")
        progress = Progress("resources", seen.users + seen.groups + seen.tombstones)
        removing.remove(database, connection_id, fate, progress)
        progress.end()
    show_record(output, asdict(seen) | {"removed": True, "fate": fate})
    return 0


def _previewed(output: str, preview: dict[str, Any], missing: str) -> int:
    """Show a preview; what is missing to go on is told on stderr and by the exit status."""
    show_record(output, preview)
    if missing:
        click.echo(missing, err=True)
    return 1 if missing else 0
