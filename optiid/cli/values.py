"""NAME=VALUE as commands take it."""

from __future__ import annotations

from typing import Any

import click
import orjson


def read_pair(text: str, option: str) -> tuple[str, Any]:
    """Return name and value of NAME=VALUE; the value is JSON where it can be read as such."""
    name, separator, value = text.partition("=")
    if not separator:
        raise click.BadParameter(f"{text!r} is not NAME=VALUE", param_hint=option)
    try:
        return name, orjson.loads(value)
    except orjson.JSONDecodeError:
        return name, value
