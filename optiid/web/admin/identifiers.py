"""Ids as the admin API writes them: a prefix that says what it is, and the id that is stored.

The bare id is taken in requests, too, since the commands show that.
"""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, fields

from optiid.clock import is_own_form
from optiid.errors import NotFoundError

PREFIXES = {
    "organization": "org",
    "connection": "con",
    "token": "tok",
    "client": "cli",
    "key": "key",
    "user": "usr",
    "group": "grp",
    "hold": "hld",
    "adoption": "adp",
    "grant": "grt",
}
EXAMPLE = "01920000-0000-7000-8000-000000000000"
UUID_PATTERN = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"


def told(kind: str, ident: str) -> str:
    """Return an id with the prefix of its kind."""
    return f"{PREFIXES[kind]}_{ident}"


def read(kind: str, text: str) -> str | None:
    """Return the stored id in a text, with or without the prefix of its kind; None when it cannot be one."""
    bare = text.removeprefix(f"{PREFIXES[kind]}_")
    return bare if is_own_form(bare) else None


def of_path(kind: str, text: str) -> str:
    """Return the stored id, or the name, in a part of a path. Raises NotFoundError for what cannot be one."""
    ident = read(kind, text) if kind in PREFIXES else text
    if ident is None or not ident.isprintable():
        raise NotFoundError(f"There is no {kind} {text[:64]!r} here")
    return ident


class Id(fields.String):
    """The id of something of one kind; without a value nothing is written."""

    def __init__(self, kind: str, **more: Any) -> None:
        prefix = PREFIXES[kind]
        about = {
            "pattern": f"^({prefix}_)?{UUID_PATTERN}$",
            "example": f"{prefix}_{EXAMPLE}",
        }
        super().__init__(metadata=about | more.pop("metadata", {}), **more)
        self.kind = kind

    def _serialize(self, value: Any, attr: str | None, obj: Any, **more: Any) -> str | None:
        text = super()._serialize(value, attr, obj, **more)
        return told(self.kind, text) if text else None

    def _deserialize(self, value: Any, attr: str | None, data: Any, **more: Any) -> str:
        text = super()._deserialize(value, attr, data, **more)
        ident = read(self.kind, text)
        if ident is None:
            raise ValidationError(f"is no id of a {self.kind}: these begin with {PREFIXES[self.kind]}_")
        return ident


class MemberId(fields.String):
    """The id of a user or group."""

    def __init__(self, **more: Any) -> None:
        about = {"pattern": f"^((usr|grp)_)?{UUID_PATTERN}$", "example": f"usr_{EXAMPLE}"}
        super().__init__(metadata=about, **more)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **more: Any) -> str:
        text = super()._deserialize(value, attr, data, **more)
        ident = read("user", text) or read("group", text)
        if ident is None:
            raise ValidationError("is no id of a user or group: these begin with usr_ or grp_")
        return ident
