"""Instants as options."""

from __future__ import annotations

import click

from optiid.clock import read_beginning


class Beginning(click.ParamType[str]):
    """An instant in UTC, or the beginning of one: what timestamps are compared with."""

    name = "time"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the text that timestamps are compared with; nothing stays nothing."""
        try:
            return read_beginning(str(value)) if value else ""
        except ValueError as error:
            self.fail(str(error), param, ctx)


BEGINNING = Beginning()
