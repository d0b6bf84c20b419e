"""`optiid token`."""

from __future__ import annotations

import re
from dataclasses import asdict
from datetime import timedelta

import click

from optiid.cli.context import open_ready, settings_for_command
from optiid.cli.output import show_list, show_record, with_output
from optiid.services import scopes, tokens
from optiid.services.scopes import KNOWN

_DURATION = re.compile(r"(\d{1,9})([smhd])")
COLUMNS = (
    "id", "prefix", "scopes", "created_at", "expires_at", "last_used_at", "last_used_address", "last_used_agent",
    "revoked_at",
)  # fmt: skip
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


class Duration(click.ParamType[timedelta]):
    """A time such as 365d, 24h, 30m or 90s."""

    name = "duration"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        """Return the time."""
        if isinstance(value, timedelta):
            return value
        match = _DURATION.fullmatch(str(value))
        if match is None:
            self.fail(f"{value!r} is no time such as 365d, 24h or 30m", param, ctx)
        try:
            return timedelta(**{_UNITS[match[2]]: int(match[1])})
        except OverflowError:
            self.fail(f"{value!r} is too long", param, ctx)


@click.group()
def token() -> None:
    """Tokens: the secrets that identity providers present."""


@token.command()
@click.argument("connection_id")
@click.option("--expires-in", type=Duration(), default="365d", show_default=True, help="Life of the token.")
@click.option("--scope", "asked", multiple=True, type=click.Choice(KNOWN), help="What it may do; without, everything.")
@with_output
def create(connection_id: str, expires_in: timedelta, asked: tuple[str, ...], output: str) -> None:
    """Create a token; its secret is shown this once.

    Example: optiid token create CONNECTION_ID --expires-in 90d --scope scim:read
    """
    with open_ready(settings_for_command()) as database:
        made, secret = tokens.create(database, connection_id, expires_in, asked)
    show_record(output, {"id": made.id, "token": secret, "expires_at": made.expires_at})


@token.command()
@click.argument("connection_id")
@click.option("--overlap", type=Duration(), default="24h", show_default=True, help="How long the old ones still work.")
@click.option("--expires-in", type=Duration(), default="365d", show_default=True, help="Life of the new token.")
@with_output
def rotate(connection_id: str, overlap: timedelta, expires_in: timedelta, output: str) -> None:
    """Create a token in place of those there are, which end after the overlap; its secret is shown this once.

    Example: optiid token rotate CONNECTION_ID --overlap 24h
    """
    with open_ready(settings_for_command()) as database:
        made, secret = tokens.rotate(database, connection_id, overlap, expires_in)
    show_record(output, {"id": made.id, "token": secret, "expires_at": made.expires_at})


@token.command("list")
@click.argument("connection_id")
@with_output
def list_(connection_id: str, output: str) -> None:
    """List the tokens of a connection, without their secrets."""
    with open_ready(settings_for_command()) as database:
        found = tokens.list_all(database, connection_id)
    shown = [asdict(one) | {"scopes": scopes.shown(one.scopes)} for one in found]
    show_list(output, shown, COLUMNS)


@token.command()
@click.argument("token_id")
@with_output
def revoke(token_id: str, output: str) -> None:
    """Revoke a token; every worker refuses it from now on."""
    with open_ready(settings_for_command()) as database:
        tokens.revoke(database, token_id)
    show_record(output, {"id": token_id, "revoked": True})
