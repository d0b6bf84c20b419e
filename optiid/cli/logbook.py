"""`optiid log`: what identity providers asked for, what was made of it, and what became of it."""

from __future__ import annotations

import json
import os
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import click

from optiid.cli.context import open_each, open_ready, settings_for_command
from optiid.cli.directory import meant
from optiid.cli.instants import BEGINNING
from optiid.cli.output import show_json, show_list, show_record, with_output
from optiid.errors import ConflictError, InvalidInputError, NotFoundError
from optiid.services import logbook, organizations
from optiid.services.logbook import Wanted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from optiid.storage.database import Database

PAUSE_SECONDS = 1.0
PAGE = 1000
COLUMNS = ["created_at", "request", "method", "target", "status", "decision"]
STATUSES = {"ok": (200, 399), "refused": (400, 499), "failed": (500, 599)}


def narrowed(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that say which lines are looked for."""
    for option in reversed(
        (
            click.option("--organization", required=True, help="Id or name of the organization."),
            click.option("--person", help="Only lines about this person or group, by id or name."),
            click.option("--connection", default="", help="Only lines of this connection."),
            click.option("--request", default="", help="Only lines of this request."),
            click.option("--status", help="Only answers of this status: 409, or ok, refused, failed."),
            click.option("--since", type=BEGINNING, default="", help="From this instant on (UTC): 2026-01-31T08:00."),
            click.option("--until", type=BEGINNING, default="", help="Before this instant."),
        )
    ):
        command = option(command)
    return command


def wanted_of(person: str | None, status: str | None, words: dict[str, str]) -> Wanted:
    """Return what the options ask for."""
    about = logbook.about(person) if person else Wanted()
    return Wanted(about.resource, about.subject, words["connection"], words["request"], read_status(status),
                  words["since"], words["until"])  # fmt: skip


def read_status(text: str | None) -> tuple[int, int] | None:
    """Return the range of answers that is meant."""
    if text is None:
        return None
    if text in STATUSES:
        return STATUSES[text]
    if len(text) == len("200") and text.isascii() and text.isdigit():
        return int(text), int(text)
    raise click.BadParameter(f"{text!r} is no status such as 409, and none of {', '.join(STATUSES)}")


@click.group()
def log() -> None:
    """The logbook: a line for each provisioning request, kept for some weeks."""


@log.command()
@narrowed
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, help="How many lines at most.")
@click.option("--follow", is_flag=True, help="Go on with lines that come, until interrupted.")
@with_output
def tail(
    organization: str, person: str | None, status: str | None, output: str, *, limit: int, follow: bool, **words: str
) -> None:
    """Show the last lines.

    Example: optiid log tail --organization Acme --person ada@example.com
    """
    wanted = wanted_of(person, status, words)
    with open_ready(settings_for_command()) as database:
        owner = organizations.find(database, organization)
        found = logbook.lines(database, owner.id, None, limit, wanted)
        if not follow:
            show_list(output, found, COLUMNS)
            return
        read = partial(logbook.lines, database, owner.id, limit=PAGE, wanted=wanted)
        follow_on(lambda after: read(after), found, output)  # noqa: PLW0108 - `limit` comes by its name


def follow_on(read: Callable[[str], list[dict[str, Any]]], found: list[dict[str, Any]], output: str) -> None:
    """Print lines one by one as they come."""
    after = found[-1]["id"] if found else ""
    while True:
        for line in found:
            told = json.dumps(line, ensure_ascii=False) if output == "json" else in_short(line)
            click.echo(told)
        time.sleep(PAUSE_SECONDS)
        found = read(after)
        after = found[-1]["id"] if found else after


def in_short(line: dict[str, Any]) -> str:
    """Return a line as one line of text."""
    return "  ".join(str(line[name]) for name in COLUMNS)


@log.command()
@click.argument("request_id")
@click.option("--organization", help="Id or name; all organizations when left out.")
@with_output
def show(request_id: str, organization: str | None, output: str) -> None:
    """Show all that is known of a request: what came, what the profile made of it, the decision, what changed.

    Example: optiid log show req_0123456789abcdef
    """
    with open_each(settings_for_command()) as databases:
        found = find(databases, request_id, organization)
    if output == "json":
        show_json(found)
        return
    for line in found:
        show_record(output, line)
        click.echo()


def find(databases: Iterable[Database], request_id: str, organization: str | None) -> list[dict[str, Any]]:
    """Return the lines of a request. Raises NotFoundError."""
    missing = NotFoundError("There is no organization yet")
    for database, owner in ((one, owner) for one in databases for owner in meant(one, organization)):
        try:
            return logbook.of_request(database, owner.id, request_id)
        except NotFoundError as error:
            missing = error
    raise missing


@log.command()
@narrowed
@click.option("--file", type=click.Path(path_type=Path), required=True, help="The file to write, a new one.")
@with_output
def export(organization: str, person: str | None, status: str | None, output: str, *, file: Path, **words: str) -> None:
    """Write lines to a new file, as JSON Lines.

    Example: optiid log export --organization Acme --since 2026-01-01 --file january.jsonl
    """
    if file.exists():
        raise ConflictError(f"{file} exists already: name another file")
    wanted = wanted_of(person, status, words)
    with open_ready(settings_for_command()) as database:
        owner = organizations.find(database, organization)
        try:
            # It holds personal data: for its owner alone.
            made = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(made, "w", encoding="utf-8") as opened:
                written = write(database, owner.id, wanted, opened)
        except OSError as error:
            raise InvalidInputError(f"{file} cannot be written ({error.strerror})") from error
    show_record(output, {"file": str(file), "lines": written})


def write(database: Database, organization: str, wanted: Wanted, opened: TextIO) -> int:
    """Write all lines that are wanted, page by page, and return how many."""
    after, written = "", 0
    while found := logbook.lines(database, organization, after, PAGE, wanted):
        opened.writelines(json.dumps(line, ensure_ascii=False) + "\n" for line in found)
        after, written = found[-1]["id"], written + len(found)
    return written
