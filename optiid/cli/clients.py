"""`optiid client`."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from optiid.cli.context import open_ready, settings_for_command
from optiid.cli.output import show_list, show_record, with_output
from optiid.cli.tokens import Duration
from optiid.services import clients, scopes
from optiid.services.scopes import KNOWN

if TYPE_CHECKING:
    from datetime import timedelta
    from typing import TextIO

COLUMNS = (
    "id", "name", "proves_itself_by", "scopes", "created_at", "expires_at", "last_used_at", "last_used_address",
    "last_used_agent", "revoked_at",
)  # fmt: skip


@click.group()
def client() -> None:
    """OAuth clients of a connection: they ask /oauth/token for access tokens of an hour."""


@client.command()
@click.argument("connection_id")
@click.option("--name", required=True, help="What people know it by.")
@click.option("--scope", "asked", multiple=True, type=click.Choice(KNOWN), help="What it may do; without, everything.")
@click.option("--jwks", type=click.File(), help="File with its public keys; without, it gets a secret.")
@with_output
def create(connection_id: str, name: str, asked: tuple[str, ...], jwks: TextIO | None, output: str) -> None:
    """Create a client; its secret, if it has one, is shown this once.

    Example: optiid client create CONNECTION_ID --name "Identity provider"
    """
    settings = settings_for_command()
    with open_ready(settings) as database:
        made, secret = clients.create(database, connection_id, name, asked, jwks.read() if jwks else "")
    shown: dict[str, object] = {"client_id": made.id, "token_url": f"{settings.public_origin}/oauth/token"}
    if secret is not None:
        shown |= {"client_secret": secret.secret, "expires_at": secret.expires_at}
    show_record(output, shown)


@client.command()
@click.argument("client_id")
@click.option("--overlap", type=Duration(), default="24h", show_default=True, help="How long the old ones still work.")
@click.option("--expires-in", type=Duration(), default="365d", show_default=True, help="Life of the new secret.")
@with_output
def rotate(client_id: str, overlap: timedelta, expires_in: timedelta, output: str) -> None:
    """Create a secret in place of those there are, which end after the overlap; it is shown this once."""
    with open_ready(settings_for_command()) as database:
        made = clients.rotate(database, client_id, overlap, expires_in)
    show_record(output, {"client_id": client_id, "client_secret": made.secret, "expires_at": made.expires_at})


@client.command()
@click.argument("client_id")
@click.option("--jwks", type=click.File(), required=True, help="File with its public keys, the old ones too if in use.")
@with_output
def keys(client_id: str, jwks: TextIO, output: str) -> None:
    """Give a client public keys to sign assertions with, in place of those it had, or of its secrets."""
    with open_ready(settings_for_command()) as database:
        clients.set_keys(database, client_id, jwks.read())
    show_record(output, {"client_id": client_id, "keys_set": True})


@client.command("list")
@click.argument("connection_id")
@with_output
def list_(connection_id: str, output: str) -> None:
    """List the clients of a connection, and when they and their secrets were last used."""
    with open_ready(settings_for_command()) as database:
        found = clients.list_all(database, connection_id)
    shown = [
        asdict(one)
        | {
            "scopes": scopes.shown(one.scopes),
            "proves_itself_by": one.proves_itself_by,
            "expires_at": max((each.expires_at for each in one.secrets), default=None),
        }
        for one in found
    ]
    show_list(output, shown, COLUMNS)


@client.command()
@click.argument("client_id")
@with_output
def revoke(client_id: str, output: str) -> None:
    """Revoke a client with all access tokens that it was given."""
    with open_ready(settings_for_command()) as database:
        clients.revoke(database, client_id)
    show_record(output, {"client_id": client_id, "revoked": True})
