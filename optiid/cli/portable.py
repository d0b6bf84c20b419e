"""`optiid organization export|import`: an organization as a file of JSON lines."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import orjson

from optiid.cli.context import open_ready, settings_for_command
from optiid.cli.organizations import organization
from optiid.cli.output import show_record, with_output
from optiid.cli.progress import Progress
from optiid.errors import ConflictError, InvalidInputError
from optiid.services import exporting, importing

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

LONGEST_LINE = 64 * 1024 * 1024


@organization.command("export")
@click.argument("id_or_name")
@click.option("--output", "file", type=click.Path(path_type=Path), required=True, help="The file to write, a new one.")
def export(id_or_name: str, file: Path) -> None:
    """Write an organization to a file: connections, schemas, users, groups; no tokens, no logs.

    Example: optiid organization export Acme --output acme.jsonl
    """
    partial = file.with_name(file.name + ".partial")
    if file.exists():
        raise ConflictError(f"{file} exists already: name another file")
    with open_ready(settings_for_command()) as database:
        found = exporting.lines(database, id_or_name)
        first = next(found)
        try:
            partial.unlink(missing_ok=True)
            # It holds personal data: for its owner alone.
            with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as opened:
                number = _write(opened, first, found)
                opened.flush()
                os.fsync(opened.fileno())
            partial.rename(file)
        except OSError as error:
            raise InvalidInputError(f"{file} cannot be written ({error.strerror})") from error
        finally:
            found.close()
    told = {"file": str(file), "lines": number, "users": first["users"], "groups": first["groups"]}
    show_record("json", told)


def _write(opened: BinaryIO, first: dict[str, Any], rest: Iterator[dict[str, Any]]) -> int:
    progress = Progress("users, groups and memberships", first["users"] + first["groups"] + first["memberships"])
    opened.write(orjson.dumps(first) + b"\n")
    number, done = 1, 0
    for line in rest:
        opened.write(orjson.dumps(line) + b"\n")
        number += 1
        done += _weight(line)
        progress(done)
    progress.end()
    return number


def _weight(line: dict[str, Any]) -> int:
    """Return how many users, groups and memberships are in a line."""
    return len(line["members"]) if line["kind"] == "members" else int(line["kind"] in ("user", "group"))


@organization.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--organization", "named", help="Id or name of where it goes; made when missing. Else as in the file.")
@click.option("--shard", help="The shard where it is made when missing; the first when left out.")
@with_output
def import_(file: Path, named: str | None, shard: str | None, output: str) -> None:
    """Bring an exported organization in; run again, it goes on, and changes nothing that is the same.

    Example: optiid organization import acme.jsonl
    """
    try:
        with file.open("rb") as opened:
            first = next(_lines(opened), b"")
            progress = Progress("lines", 1 + sum(1 for _ in _lines(opened)))
            opened.seek(0)
            with open_ready(settings_for_command(), shard, named or _organization_of(first)) as database:
                summary = importing.import_lines(database, _lines(opened), named, progress)
            progress.end()
    except OSError as error:
        raise InvalidInputError(f"{file} cannot be read ({error.strerror})") from error
    show_record(output, asdict(summary))


def _organization_of(line: bytes) -> str:
    """Return the organization that the first line of a file tells of, if it is such a line: the import looks closer."""
    with suppress(ValueError, TypeError, KeyError):
        return str(orjson.loads(line)["organization"]["id"])
    return ""


def _lines(opened: BinaryIO) -> Iterator[bytes]:
    """Yield the lines of a file, none of them longer than what is certainly no line of an export."""
    while line := opened.readline(LONGEST_LINE + 1):
        if len(line) > LONGEST_LINE:
            raise InvalidInputError(f"A line is longer than {LONGEST_LINE} bytes: this is no export of an organization")
        yield line
