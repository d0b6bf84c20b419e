"""`optiid demo`: a service to try, on loopback only."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import click

from optiid.cli.context import open_ready, profiles_of, settings_for_command
from optiid.cli.output import show_json, with_output
from optiid.errors import NotFoundError
from optiid.services import api_keys, connections, organizations, tokens
from optiid.serving import free_port
from optiid.serving import serve as run

if TYPE_CHECKING:
    from optiid.profiles.registry import ProfileRegistry
    from optiid.services.organizations import Organization
    from optiid.settings import Settings
    from optiid.storage.database import Database

NAME = "Demo"
HOST = "127.0.0.1"


@click.command()
@click.option("--port", type=click.IntRange(1, 65535), default=8000, show_default=True, help="First port to try.")
@with_output
def demo(port: int, output: str) -> None:
    """Start a service to try: an organization, a connection for each profile, tokens, a ready curl line.

    Each start revokes the demo's earlier tokens and makes new ones. It listens on loopback only.
    """
    found = free_port(HOST, port)
    if found != port:
        click.echo(f"Port {port} is taken; the demo uses {found}.", err=True)
    settings = dataclasses.replace(
        settings_for_command(), host=HOST, port=found, public_url=f"http://{HOST}:{found}", log_format="text"
    )
    with open_ready(settings) as database:
        owner = demo_organization(database)
        made = renew_tokens(database, profiles_of(settings), owner)
        key = renew_key(database, owner)
    if output == "json":
        show_json({"base_url": settings.scim_base_url, "tokens": made, "key": key})
    else:
        show(settings, made, key)
    run(settings)


def demo_organization(database: Database) -> Organization:
    """Return the demo's organization, made at the first start."""
    try:
        return organizations.find(database, NAME)
    except NotFoundError:
        return organizations.create(database, NAME)


def renew_tokens(database: Database, registry: ProfileRegistry, owner: Organization) -> dict[str, str]:
    """Return a new token for each profile's connection, by profile; the earlier ones of the demo are revoked."""
    known = {connection.profile: connection for connection in connections.list_all(database, owner.id)}
    made = {}
    for profile in registry.names():
        connection = known.get(profile) or connections.create(database, owner.id, registry.get(profile))
        for token in tokens.list_all(database, connection.id):
            if token.revoked_at is None:
                tokens.revoke(database, token.id)
        made[profile] = tokens.create(database, connection.id)[1]
    return made


def renew_key(database: Database, owner: Organization) -> str:
    """Return a new key of the admin API; the earlier ones of the demo are revoked."""
    for key in api_keys.list_some(database, owner.id):
        if key.name == NAME and key.revoked_at is None:
            api_keys.revoke(database, owner.id, key.id)
    return api_keys.create(database, owner.id, NAME, "admin")[1]


def show(settings: Settings, made: dict[str, str], key: str) -> None:
    """Print where the service is, the tokens, and what to do next."""
    base_url, width = settings.scim_base_url, max(map(len, made))
    click.echo(f"\n  Base URL  {base_url}\n")
    for profile, token in made.items():
        click.echo(f"  token for {profile.ljust(width)}  {token}")
    click.echo(f"  {'key of the admin API'.ljust(width + len('token for '))}  {key}")
    body = '{"userName": "ada@example.com", "displayName": "Ada"}'
    click.echo("\n  Create a user, in a second terminal:\n")
    click.echo(
        f"  curl -s {base_url}/Users -H 'Authorization: Bearer {made['standard']}'"
        f" -H 'Content-Type: application/scim+json' -d '{body}'\n"
    )
    click.echo("  Ask as a product does: may she in?\n")
    question = f"{settings.public_origin}/api/v1/access?userName=ada@example.com"
    click.echo(f"  curl -s '{question}' -H 'Authorization: Bearer {key}'\n")
    click.echo("  One line per request follows. Ctrl-C stops; the data stays for the next start.\n")
