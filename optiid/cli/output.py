"""What a command prints: a table or lines for people, one JSON document for machines."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, is_dataclass
from typing import Any, TypeVar

import click
import orjson

Command = TypeVar("Command", bound=Callable[..., Any])
Record = Mapping[str, Any]


def with_output(command: Command) -> Command:
    """Add `--output table|json` to a command; the function takes it as `output`."""
    option = click.option(
        "--output", type=click.Choice(["table", "json"]), default="table", help="For people, or one JSON document."
    )
    return option(command)


def plain(value: Any) -> Any:
    """Return a dataclass as a mapping."""
    return asdict(value) if is_dataclass(value) and not isinstance(value, type) else value


def show_list(output: str, values: Sequence[Any], columns: Sequence[str]) -> None:
    """Print records as a JSON list, or as a table of some of their columns."""
    records = [plain(value) for value in values]
    if output == "json":
        show_json(records)
        return
    rows = [[_cell(record.get(column)) for column in columns] for record in records]
    titles = [column.upper().replace("_", " ") for column in columns]
    widths = [max(map(len, cells)) for cells in zip(titles, *rows, strict=True)]
    for row in (titles, *rows):
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def show_record(output: str, value: Any) -> None:
    """Print one record as a JSON object, or as a line for each key."""
    record = plain(value)
    if output == "json":
        show_json(record)
        return
    width = max(map(len, record), default=0)
    for key, part in record.items():
        click.echo(f"{key.ljust(width)}  {_cell(part)}")


def show_json(value: Any) -> None:
    """Print a value as one JSON document."""
    click.echo(orjson.dumps(value, option=orjson.OPT_INDENT_2).decode())


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return (
        value
        if isinstance(value, str)
        else orjson.dumps(value).decode()
        if isinstance(value, (dict, list))
        else str(value)
    )
