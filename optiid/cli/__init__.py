"""The `optiid` command: its groups are imported when they are called, so that none waits for another's imports."""

from __future__ import annotations

import importlib
import sys
from itertools import pairwise
from typing import Any

import click
import orjson

from optiid import __version__
from optiid.errors import OptiidError

# Subcommand → (module below optiid.cli, name in it, short help).
COMMANDS = {
    "serve": ("serve", "serve", "Serve identity providers under gunicorn."),
    "demo": ("demo", "demo", "Try it: a demo organization, tokens, a ready curl line."),
    "organization": ("all_organizations", "organization", "Organizations: create, list, show, rules, export, import."),
    "connection": ("all_connections", "connection", "Connections: create, pause, dry-run, move, remove and more."),
    "schema": ("schemas", "schema", "Extension schemas of an organization: add, list, show, remove."),
    "token": ("tokens", "token", "Tokens of a connection: create, rotate, list, revoke."),
    "client": ("clients", "client", "OAuth clients of a connection: create, rotate, list, revoke."),
    "key": ("keys", "key", "Keys of the admin API: create, list, revoke."),
    "profile": ("profiles", "profile", "Profiles of identity providers: new, check, show, enable, disable, guide."),
    "user": ("users", "user", "People: list, show, create, change, remove, explain, deleted, restore, purge."),
    "group": ("groups", "group", "Groups: list, show, create, change, remove, add-member, remove-member."),
    "hold": ("holds", "hold", "Removals that wait for an administrator: list, show, release, reject."),
    "product": ("products", "product", "Products: create, list, remove."),
    "instance": ("products", "instance", "Instances of products: create, list, remove."),
    "role": ("roles", "role", "Roles: create, remove, grant, revoke, list."),
    "access": ("access", "access", "Who may do what, and why: show, who."),
    "plan": ("plans", "plan", "What connections in dry run would change: show, apply, discard."),
    "adoption": ("adoptions", "adoption", "What connections could take over of what was made by hand."),
    "log": ("logbook", "log", "The logbook of provisioning requests: tail, show, export."),
    "audit": ("audit", "audit", "The audit trail: list, verify, anchor."),
    "worker": ("worker", "worker", "Do what is due: purge users whose retention has ended."),
    "db": ("database", "db", "The database: migrate, status, backup, restore, move."),
    "doctor": ("doctor", "doctor", "Look for what is not right, and say what to do."),
}


class LazyGroup(click.Group):
    """A group whose commands are imported on demand."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return the names of the commands."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        """Return a command, imported now."""
        known = COMMANDS.get(cmd_name)
        if known is None:
            return None
        found: click.Command = getattr(importlib.import_module(f"optiid.cli.{known[0]}"), known[1])
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's signature
        """Write the list of commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, short) for name, (_, _, short) in COMMANDS.items()])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="optiid")
def cli() -> None:
    """Self-hosted SCIM 2.0 provisioning for identity providers."""


def main(arguments: list[str] | None = None) -> None:
    """Run the command; an error is one line on stderr and exit status 1, wrong use is 2."""
    arguments = sys.argv[1:] if arguments is None else arguments
    try:
        status: Any = cli.main(arguments, prog_name="optiid", standalone_mode=False)
    except click.exceptions.Abort:
        sys.exit(130)
    except click.ClickException as error:
        _tell(arguments, error.format_message(), error)
        sys.exit(error.exit_code)
    except OptiidError as error:
        _tell(arguments, str(error))
        sys.exit(1)
    sys.exit(status if isinstance(status, int) else 0)


def _tell(arguments: list[str], message: str, error: click.ClickException | None = None) -> None:
    if "--output=json" in arguments or ("--output", "json") in pairwise(arguments):
        click.echo(orjson.dumps({"error": message}).decode(), err=True)
    elif error is not None:
        error.show()
    else:
        click.echo(f"Error: {message}", err=True)
