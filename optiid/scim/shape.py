"""What a body looks like, without what it says: names, operators and types, and nobody's data."""

from __future__ import annotations

import re
from typing import Any

KEPT_OPERATIONS = ("add", "remove", "replace")
SHOWN_ELEMENTS = 20
DEEPEST = 8
_FILTER = re.compile(r"\[.*\]", re.DOTALL)
_NAME = re.compile(r"[\w.:$\[\]-]{1,200}", re.ASCII)


def shape_of(value: Any, name: str = "", depth: int = 0) -> Any:
    """Return a JSON value with `text`, `number` or `boolean` in place of each value.

    What stays: names of attributes (a value filter as `[]`), operators and paths of operations, schema URNs, nothing.
    """
    if value is None or depth > DEEPEST:
        return None
    if isinstance(value, dict):
        return {_named(key): shape_of(part, key.lower(), depth + 1) for key, part in value.items()}
    if isinstance(value, list):
        return [shape_of(part, name, depth + 1) for part in value[:SHOWN_ELEMENTS]]
    if isinstance(value, str):
        return _text(value, name)
    return "boolean" if isinstance(value, bool) else "number"


def _text(text: str, name: str) -> str:
    if name == "op" and text.lower() in KEPT_OPERATIONS:
        return text
    if name == "path" or (name == "schemas" and text[:4].lower() == "urn:"):
        return _named(text)
    return "text"


def _named(text: str) -> str:
    """Return a name or path without what its filter compares."""
    shown = _FILTER.sub("[]", text)
    return shown if _NAME.fullmatch(shown) else "text"
