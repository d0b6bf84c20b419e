"""`optiid hold`: removals of people that wait for an administrator."""

from __future__ import annotations

from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING, Any

import click

from optiid.cli.context import open_each, open_ready, profiles_of, settings_for_command
from optiid.cli.directory import meant
from optiid.cli.output import show_list, show_record, with_output
from optiid.errors import InvalidInputError
from optiid.services import connections, holds, organizations

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from optiid.services.holds import Hold
    from optiid.storage.database import Database

of_organization = click.option("--organization", required=True, help="Id or name of the organization.")
COLUMNS = ["id", "display", "resource", "connection", "asked", "why", "state", "created_at"]


@click.group()
def hold() -> None:
    """Removals that wait: too many at once, or of the last administrator."""


@hold.command("list")
@click.option("--organization", help="Id or name; all organizations when left out.")
@click.option("--connection", help="Id of a connection; all when left out.")
@click.option("--all", "settled", is_flag=True, help="Those that are settled, too.")
@click.option("--after", default="", help="Begin after this id.")
@click.option("--limit", type=click.IntRange(1, 10000), default=200, help="How many of each organization at most.")
@with_output
def list_(organization: str | None, connection: str | None, settled: bool, output: str, **page: Any) -> None:
    """List what waits for a decision, oldest first."""
    with open_each(settings_for_command()) as databases:
        found = [
            one
            for database in databases
            for owner in meant(database, organization)
            for one in holds.list_some(
                database, owner.id, connection, page["after"], page["limit"], settled=settled
            )
        ]  # fmt: skip
    show_list(output, found, COLUMNS)


@hold.command()
@click.argument("hold_id")
@of_organization
@with_output
def show(hold_id: str, organization: str, output: str) -> None:
    """Show one."""
    with open_ready(settings_for_command()) as database:
        show_record(output, holds.show(database, organizations.find(database, organization).id, hold_id))


@hold.command()
@click.argument("hold_ids", nargs=-1)
@click.option("--organization", help="Id or name of the organization of these holds.")
@click.option("--connection", help="Id of a connection whose open holds are all released.")
@with_output
def release(hold_ids: tuple[str, ...], organization: str | None, connection: str | None, output: str) -> int:
    """Remove the people now, as the connection asked for.

    Example: optiid hold release --connection CONNECTION_ID
    """
    settings = settings_for_command()
    with open_ready(settings) as database:
        owner, chosen = _chosen(database, hold_ids, organization, connection)
        return _settle(output, chosen, partial(holds.release, database, profiles_of(settings), owner))


@hold.command()
@click.argument("hold_ids", nargs=-1)
@click.option("--organization", help="Id or name of the organization of these holds.")
@click.option("--connection", help="Id of a connection whose open holds are all rejected.")
@with_output
def reject(hold_ids: tuple[str, ...], organization: str | None, connection: str | None, output: str) -> int:
    """Let the people stay, active for the identity provider again.

    Example: optiid hold reject HOLD_ID HOLD_ID --organization Acme
    """
    with open_ready(settings_for_command()) as database:
        owner, chosen = _chosen(database, hold_ids, organization, connection)
        return _settle(output, chosen, partial(holds.reject, database, owner))


def _chosen(
    database: Database, hold_ids: tuple[str, ...], organization: str | None, connection: str | None
) -> tuple[str, Iterable[Hold]]:
    """Return the organization and the holds that are meant: by id, or all of a connection."""
    if bool(hold_ids) == bool(connection):
        raise click.UsageError("Name holds and --organization, or a connection whose holds are all meant")
    if connection:
        owner = connections.get(database, connection).organization
        return owner, holds.open_of(database, owner, connection)
    if not organization:
        raise InvalidInputError("Name the organization of these holds by --organization")
    owner = organizations.find(database, organization).id
    return owner, [holds.show(database, owner, ident) for ident in hold_ids]


def _settle(output: str, chosen: Iterable[Hold], decide: Callable[[str], Hold]) -> int:
    """Settle holds and show what became of them; exit status 1 when one was refused."""
    made = holds.each(chosen, lambda one: decide(one.id))
    refused = [{"id": one.id, "display": one.display, "reason": reason} for one, reason in made.refused]
    if output == "json":
        show_record(output, {"settled": [asdict(one) for one in made.done], "refused": refused})
    else:
        show_list(output, made.done, [*COLUMNS[:-1], "settled_at"])
        for one in refused:
            click.echo(f"{one['id']} ({one['display']}): {one['reason']}", err=True)
    return 1 if refused else 0
