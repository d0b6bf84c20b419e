"""`optiid profile`."""

from __future__ import annotations

import click

from optiid.cli.context import open_ready, profiles_of, settings_for_command
from optiid.cli.output import show_list, show_record, with_output
from optiid.cli.profile_check import check
from optiid.cli.profile_new import new
from optiid.cli.profile_show import show
from optiid.cli.profile_switch import disable, enable
from optiid.cli.recording import record
from optiid.profiles.types import GuideFacts
from optiid.services import connections, organizations


@click.group()
def profile() -> None:
    """Profiles: the plugins that know identity providers."""


for command in (new, check, show, enable, disable, record):
    profile.add_command(command)


@profile.command("list")
@with_output
def list_(output: str) -> None:
    """List the profiles that were found, in use or switched off."""
    show_list(output, profiles_of(settings_for_command()).listing(), ["name", "title", "enabled", "source"])


@profile.command()
@click.argument("connection_id")
@with_output
def guide(connection_id: str, output: str) -> None:
    """Show the steps that an administrator follows in the identity provider of a connection."""
    settings = settings_for_command()
    registry = profiles_of(settings)
    with open_ready(settings) as database:
        found = connections.get(database, connection_id)
        owner = organizations.find(database, found.organization)
    known = registry.get(found.profile)
    facts = GuideFacts(
        base_url=settings.scim_base_url,
        organization=owner.name,
        connection=found.name,
        settings=known.settings(found.settings),
        token_hint=f"`optiid token create {found.id}` makes one and shows it once.",
    )
    text = known.setup_guide(facts)
    if output == "json":
        show_record(output, {"connection": found.id, "guide": text})
    else:
        click.echo(text)
