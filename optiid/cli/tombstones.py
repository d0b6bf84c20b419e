"""`optiid user deleted|restore|erase|export`: people who are out of the directory, and what a person has a right to."""

from __future__ import annotations

import click

from optiid.cli.context import open_ready, settings_for_command
from optiid.cli.directory import user
from optiid.cli.output import show_json, show_list, show_record, with_output
from optiid.services import organizations, person_export, purging, restoring

of_organization = click.option("--organization", required=True, help="Id or name of the organization.")


@user.command()
@of_organization
@click.option("--after", default="", help="Begin after this id.")
@click.option("--limit", type=click.IntRange(1, 10000), default=200, help="How many at most.")
@with_output
def deleted(organization: str, after: str, limit: int, output: str) -> None:
    """List people who are deactivated, suspended or deleted, and can be restored."""
    with open_ready(settings_for_command()) as database:
        found = restoring.list_some(database, organizations.find(database, organization).id, after, limit)
    show_list(output, found, ["id", "userName", "state", "connection", "deleted_at"])


@user.command()
@click.argument("id_or_name")
@of_organization
@with_output
def restore(id_or_name: str, organization: str, output: str) -> None:
    """Bring a person back under the same id and in the same groups.

    Example: optiid user restore ada@example.com --organization Acme
    """
    with open_ready(settings_for_command()) as database:
        made = restoring.restore(database, organizations.find(database, organization).id, id_or_name)
    show_record(output, {"id": made.id, "userName": made.document["userName"], "state": made.state})


@user.command()
@click.argument("id_or_name")
@of_organization
@click.option("--yes", is_flag=True, help="Do it: there is no way back.")
@with_output
def erase(id_or_name: str, organization: str, yes: bool, output: str) -> None:
    """Delete a person who is gone or made by hand for good, with all personal data, before the retention ends."""
    if not yes:
        raise click.UsageError("Nobody can be brought back after this: say --yes")
    with open_ready(settings_for_command()) as database:
        ident = purging.erase(database, organizations.find(database, organization).id, id_or_name)
    show_record(output, {"erased": ident})
    click.echo("Files of the database hold traces of deleted rows until `optiid db compact`; backups stay.", err=True)


@user.command()
@click.argument("id_or_name")
@of_organization
@with_output
def export(id_or_name: str, organization: str, output: str) -> None:
    """Print all that is known of a person as one JSON document: attributes, access, history, logbook, audit, events.

    Example: optiid user export ada@example.com --organization Acme > ada.json
    """
    del output  # one JSON document either way
    with open_ready(settings_for_command()) as database:
        show_json(person_export.export(database, organization, id_or_name))
