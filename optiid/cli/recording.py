"""`optiid profile record`: from what a connection was sent to a test."""

from __future__ import annotations

import json
from pathlib import Path

import click

from optiid.cli.context import open_ready, settings_for_command
from optiid.cli.output import show_record
from optiid.errors import ConflictError, InvalidInputError
from optiid.services.recording import recording_of
from optiid.storage.request_log import KEPT


@click.command()
@click.option("--connection", "connection_id", required=True, help="Id of the connection.")
@click.option("--output", "file", type=click.Path(path_type=Path), required=True, help="The file to write, a new one.")
@click.option("--last", type=click.IntRange(1, KEPT), default=KEPT, help="Take only the last N requests.")
def record(connection_id: str, file: Path, last: int) -> None:
    """Write the recorded requests of a connection as an anonymised transcript.

    Names, addresses, ids and all other texts are replaced; names of attributes and schemas stay, so look at them.

    Example: optiid profile record --connection CONNECTION_ID --output transcripts/create.json
    """
    if file.exists():
        raise ConflictError(f"{file} exists already: name another file")
    with open_ready(settings_for_command()) as database:
        made = recording_of(database, connection_id, file.stem, last)
    text = json.dumps(made.document, ensure_ascii=False, indent=2)
    try:
        with file.open("x", encoding="utf-8") as opened:
            opened.write(text + "\n")
    except OSError as error:
        raise InvalidInputError(f"{file} cannot be written ({error.strerror})") from error
    told = {"file": str(file), "requests": made.requests, "left_out": made.left_out, "kept": made.kept}
    show_record("json", told)
