"""The lines of an exported organization: from what is stored to JSON objects, and back with every doubt told.

What a line holds is told in docs/administering.md. Secrets are in none.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from optiid.clock import is_own_form
from optiid.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from optiid.services.connections import Connection
    from optiid.services.extension_schemas import ExtensionSchema
    from optiid.storage.portable import Portable

FORMAT, VERSION = "optiid-organization", 1
KINDS = {"User": "user", "Group": "group"}
TYPES = {kind: name for name, kind in KINDS.items()}
_TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")
_STATES = ("living", "suspended", "gone")
_CONNECTION_STATES = ("active", "paused")
_SHOWN = 60
Record = dict[str, Any]


@dataclass(frozen=True, slots=True)
class ResourceLine:
    """A user or group; `connection` is None for what is made by hand, `team` the instance that a group belongs to."""

    id: str
    type: str
    connection: str | None
    state: str
    version: int
    created_at: str
    updated_at: str
    removed_at: str | None
    document: Record
    team: str | None


@dataclass(frozen=True, slots=True)
class MembersLine:
    """Some members of a group, and the version that the group has with all of them."""

    group: str
    version: int
    members: list[str]


@dataclass(frozen=True, slots=True)
class ConnectionLine:
    """A connection; tokens are never in a file."""

    id: str
    profile: str
    name: str
    state: str
    settings: Record
    created_at: str


def schema_line(schema: ExtensionSchema) -> Record:
    """Return the line of an extension schema."""
    return {"kind": "schema", "resource_type": schema.resource_type, "document": schema.document}


def connection_line(connection: Connection) -> Record:
    """Return the line of a connection; one that only plans is exported as paused."""
    state = connection.state if connection.state in _CONNECTION_STATES else "paused"
    return {
        "kind": "connection",
        "id": connection.id,
        "profile": connection.profile,
        "name": connection.name,
        "state": state,
        "settings": connection.settings,
        "created_at": connection.created_at,
    }


def resource_line(one: Portable, team: str | None = None) -> Record:
    """Return the line of a user or group; `team` is the product instance of a group that is one."""
    stored = one.stored
    line = {
        "kind": KINDS[stored.type],
        "id": stored.id,
        "connection": None if stored.connection == stored.organization else stored.connection,
        "state": stored.state,
        "version": stored.version,
        "created_at": stored.created_at,
        "updated_at": stored.updated_at,
        # A deletion that the brake holds stays behind with its hold.
        "removed_at": one.removed_at if stored.state == "gone" else None,
        "document": stored.document,
    }
    return line if team is None else line | {"team": team}


def members_line(group: str, version: int, members: Sequence[str]) -> Record:
    """Return a line of members."""
    return {"kind": "members", "group": group, "version": version, "members": list(members)}


def read_resource_line(record: Mapping[str, Any]) -> ResourceLine:
    """Return a user or group. Raises InvalidInputError."""
    kind = TYPES[record["kind"]]
    state = _one_of(record, "state", _STATES)
    removed_at = record.get("removed_at")
    if removed_at is not None:
        removed_at = _time(record, "removed_at")
        if state != "gone":
            raise InvalidInputError("removed_at is given, and so state must be 'gone'")
    if kind == "Group" and state != "living":
        raise InvalidInputError(f"state of a group must be 'living', not {state!r}")
    return ResourceLine(
        _ident(record, "id"), kind, None if record.get("connection") is None else _ident(record, "connection"), state,
        _version(record), _time(record, "created_at"), _time(record, "updated_at"), removed_at,
        _object(record, "document"), None if record.get("team") is None else text_of(record, "team"),
    )  # fmt: skip


def read_members_line(record: Mapping[str, Any]) -> MembersLine:
    """Return some members of a group. Raises InvalidInputError."""
    members = record.get("members")
    if not isinstance(members, list) or not all(isinstance(one, str) and is_own_form(one) for one in members):
        raise InvalidInputError("members must be a list of ids as this service makes them")
    return MembersLine(_ident(record, "group"), _version(record), list(dict.fromkeys(members)))


def read_connection_line(record: Mapping[str, Any]) -> ConnectionLine:
    """Return a connection. Raises InvalidInputError."""
    return ConnectionLine(
        _ident(record, "id"), text_of(record, "profile"), text_of(record, "name"),
        _one_of(record, "state", _CONNECTION_STATES), _object(record, "settings"), _time(record, "created_at"),
    )  # fmt: skip


def check_header(record: Mapping[str, Any]) -> Record:
    """Return the organization that a header line tells of. Raises InvalidInputError."""
    if record.get("kind") != "header" or record.get("format") != FORMAT:
        raise InvalidInputError("this is no export of an organization: its first line tells the format")
    if record.get("version") != VERSION:
        raise InvalidInputError(
            f"the file has version {str(record.get('version'))[:20]} of the format, and this service reads version"
            f" {VERSION}: import it with the version of optiid that wrote it, or a newer one"
        )
    organization = _object(record, "organization")
    for name in ("name", "rules"):
        text_of(organization, name)
    _ident(organization, "id")
    _time(organization, "created_at")
    return organization


def text_of(record: Mapping[str, Any], name: str) -> str:
    """Return a text that a line must have. Raises InvalidInputError."""
    value = record.get(name)
    if not isinstance(value, str) or not value:
        raise _wrong(name, "a text", value)
    return value


def _ident(record: Mapping[str, Any], name: str) -> str:
    value = record.get(name)
    if not isinstance(value, str) or not is_own_form(value):
        raise _wrong(name, "an id as this service makes them", value)
    return value


def _time(record: Mapping[str, Any], name: str) -> str:
    value = record.get(name)
    if not isinstance(value, str) or not _TIMESTAMP.fullmatch(value):
        raise _wrong(name, "a time such as 2026-01-31T12:00:00.000000Z", value)
    return value


def _version(record: Mapping[str, Any]) -> int:
    value = record.get("version")
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value < 2**31:
        raise _wrong("version", "a whole number from 1", value)
    return value


def _object(record: Mapping[str, Any], name: str) -> Record:
    value = record.get(name)
    if not isinstance(value, dict):
        raise _wrong(name, "an object", value)
    return value


def _one_of(record: Mapping[str, Any], name: str, allowed: tuple[str, ...]) -> str:
    value = record.get(name)
    if value not in allowed:
        raise _wrong(name, " or ".join(allowed), value)
    return str(value)


def _wrong(name: str, wanted: str, value: Any) -> InvalidInputError:
    return InvalidInputError(f"{name} must be {wanted}, not {str(value)[:_SHOWN]!r}")
