"""`optiid audit`: the trail of all changes, and whether somebody tampered with it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from optiid.cli.context import open_each, open_ready, settings_for_command
from optiid.cli.directory import meant
from optiid.cli.instants import BEGINNING
from optiid.cli.output import show_list, with_output
from optiid.errors import InvalidInputError
from optiid.services import auditing, organizations
from optiid.storage.audit import Wanted

if TYPE_CHECKING:
    from optiid.services.auditing import Anchor

of_organization = click.option("--organization", help="Id or name; all organizations when left out.")


@click.group()
def audit() -> None:
    """The audit trail: who did what, when, in a chain of sealed entries per organization."""


@audit.command("list")
@click.option("--organization", required=True, help="Id or name of the organization.")
@click.option("--author", default="", help="connection:ID, key:ID, command-line or worker.")
@click.option("--action", default="", help="Such as connection.paused.")
@click.option("--target", default="", help="Id of what was changed.")
@click.option("--request", default="", help="Id of the request.")
@click.option("--since", type=BEGINNING, default="", help="From this instant on (UTC): 2026-01-31T08:00.")
@click.option("--until", type=BEGINNING, default="", help="Before this instant.")
@click.option("--after", type=click.IntRange(0), help="Begin after this number; the last entries when left out.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=100, help="How many at most.")
@with_output
def list_(organization: str, after: int | None, limit: int, output: str, **words: str) -> None:
    """List entries, oldest first.

    Example: optiid audit list --organization Acme --action connection.paused
    """
    with open_ready(settings_for_command()) as database:
        owner = organizations.find(database, organization)
        found = auditing.entries(database, owner.id, after, limit, Wanted(**words))
    show_list(output, found, ["sequence", "created_at", "author", "action", "target", "details"])


@audit.command()
@of_organization
@with_output
def anchor(organization: str | None, output: str) -> None:
    """Print the end of each chain, to be kept where nobody can change it.

    Example: optiid audit anchor >> /mnt/elsewhere/anchors
    """
    with open_each(settings_for_command()) as databases:
        found = [
            auditing.anchor(database, owner.id) for database in databases for owner in meant(database, organization)
        ]
    records = [
        {"organization": one.organization, "sequence": one.sequence, "hash": one.hash, "anchor": str(one)}
        for one in found
    ]
    show_list(output, records, ["anchor"])


@audit.command()
@of_organization
@click.option("--anchors", "file", type=click.Path(path_type=Path), help="A file with what `audit anchor` printed.")
@with_output
def verify(organization: str | None, file: Path | None, output: str) -> int:
    """Find entries that were edited, removed, inserted or reordered; exit status 1 when there are any.

    Example: optiid audit verify --anchors /mnt/elsewhere/anchors
    """
    anchors = [] if file is None else read_file(file)
    with open_each(settings_for_command()) as databases:
        verdicts = [
            auditing.verify(database, owner.id, anchors)
            for database in databases
            for owner in meant(database, organization)
        ]
    show_list(output, verdicts, ["organization", "entries", "anchors", "faults"])
    return 1 if any(one.faults for one in verdicts) else 0


def read_file(file: Path) -> list[Anchor]:
    """Return the anchors in a file. Raises InvalidInputError."""
    try:
        return auditing.read_anchors(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInputError(f"{file} cannot be read ({type(error).__name__})") from error
