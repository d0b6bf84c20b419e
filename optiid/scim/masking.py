"""Requests and answers as they may be kept for diagnosis: without passwords, and within bounds."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import unquote_plus

import orjson

SECRET = "password"  # noqa: S105 - the name of an attribute
MASK = "***"
UNREADABLE = "(not kept: no readable JSON)"
# An expression, be it a filter or a path, that compares a password; the value in quotes, or what stands for it.
_COMPARISON = re.compile(
    r'(password"?\s*\]?\s+(?:eq|ne|co|sw|ew|gt|ge|lt|le)\s+)("(?:[^"\\]|\\.)*"?|[^\s()\[\]]+)', re.IGNORECASE
)
_HALVES = re.compile("[\ud800-\udfff]")


def masked_body(raw: bytes) -> str | None:
    """Return a body as JSON text in which passwords are masked; None for none.

    What cannot be read might hold a password where nobody finds it, so nothing of it is kept.
    """
    if not raw:
        return None
    try:
        value = masked(json.loads(raw))
        text = json.dumps(value, ensure_ascii=False)
        # Half of a surrogate pair is no text that a database takes; escaped, it is.
        return json.dumps(value) if _HALVES.search(text) else text
    except (ValueError, RecursionError):
        return UNREADABLE


def masked_value_text(value: Any) -> str:
    """Return a JSON value that was read strictly as JSON text in which passwords are masked."""
    text = orjson.dumps(value).decode()
    return text if SECRET not in text.lower() else json.dumps(masked(value), ensure_ascii=False)


def without_values(value: Any) -> Any:
    """Return a JSON value in which names are left, and a mask in place of each text and number."""
    if isinstance(value, dict):
        return {name: without_values(part) for name, part in value.items()}
    if isinstance(value, list):
        return [without_values(part) for part in value]
    return value if value is None or isinstance(value, bool) else MASK


def names_others(value: Any, text: str) -> bool:
    """Say whether a JSON value, given with its text, may hold names that go along with an id: not only its own name."""
    own = isinstance(value, dict) and "displayName" in value and "value" not in value
    folded = text.lower()
    return '"display":' in folded or folded.count('"displayname":') > own


def without_displays(value: Any) -> Any:
    """Return a JSON value in which names of people that merely go along with an id are masked."""
    if isinstance(value, list):
        return [without_displays(part) for part in value]
    if not isinstance(value, dict):
        return value
    masked_names = ("display", "displayname") if "value" in value else ()
    return {name: MASK if name.lower() in masked_names else without_displays(part) for name, part in value.items()}


def masked(value: Any) -> Any:
    """Return a JSON value with a mask in place of each password, also in PATCH operations, filters and paths."""
    if isinstance(value, list):
        return [masked(part) for part in value]
    if isinstance(value, str):
        return masked_text(value)
    if not isinstance(value, dict):
        return value
    on_password = any(
        name.lower() == "path" and isinstance(path, str) and _names_secret(path) for name, path in value.items()
    )
    return {
        masked_text(name): MASK if _names_secret(name) or (on_password and name.lower() == "value") else masked(part)
        for name, part in value.items()
    }


def masked_text(text: str) -> str:
    """Return a text in which no password is compared, nor written as JSON inside it."""
    if SECRET not in text.lower():
        return text
    if text.lstrip()[:1] in ("{", "["):
        try:
            return json.dumps(masked(json.loads(text)), ensure_ascii=False)
        except (ValueError, RecursionError):
            return MASK
    return _COMPARISON.sub(rf"\g<1>{MASK}", text)


def masked_query(query: str) -> str:
    """Return the query of a URL as it was sent, up to a part that names a password: of that only its name is left.

    What follows it might be the rest of a password that has an `&` of its own.
    """
    kept: list[str] = []
    for part in query.split("&"):
        if "=" in part and SECRET in unquote_plus(part).lower():
            return "&".join([*kept, f"{part.partition('=')[0]}={MASK}"])
        kept.append(part)
    return "&".join(kept)


def _names_secret(name: str) -> bool:
    """Say whether a name or path means the password, as such or behind a schema's URN."""
    return name.strip().lower().endswith(SECRET)
