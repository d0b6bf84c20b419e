"""What audit trail and events hold about one person: the raw material of an explanation.

It reads the trail of the organization from its beginning; nobody waits for that but who asks.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from collections.abc import Collection

    from optiid.storage.database import Database


@dataclass(frozen=True, slots=True)
class Trace:
    """One act or event; `place` is its number among those of its kind. The author of an event is its connection."""

    is_event: bool
    at: str
    place: int
    kind: str
    target: str
    author: str
    request: str
    details: dict[str, Any]


_ACTS = """
SELECT created_at, sequence, action, target, author, request, details FROM audit_entry
WHERE organization = ? AND target {among} ORDER BY sequence"""

# The id stands in the payload as a text of its own; no other text in it can hold one.
_MEMBERSHIPS = """
SELECT created_at, sequence, kind, resource, 'connection:' || connection, request, payload FROM event
WHERE organization = ? AND kind IN ('group.member_added', 'group.member_removed') AND payload LIKE ?
ORDER BY sequence"""

# Groups that are deleted take their memberships along without a word.
_ENDS = """
SELECT created_at, sequence, kind, resource, 'connection:' || connection, request, payload FROM event
WHERE organization = ? AND kind = 'group.deleted' AND resource {among} ORDER BY sequence"""


def acts_on(database: Database, organization: str, targets: Collection[str]) -> list[Trace]:
    """Return the audit entries about some ids, in order."""
    sql = database.dialect.fixed(_ACTS)
    return _read(database.rows(sql, (organization, database.dialect.list_parameter(targets))), is_event=False)


def memberships_of(database: Database, organization: str, member: str) -> list[Trace]:
    """Return the events of a member (an id) joining and leaving groups, and of these groups' ends, in order."""
    found = _read(database.rows(_MEMBERSHIPS, (organization, f'%"{member}"%')), is_event=True)
    groups = database.dialect.list_parameter(sorted({one.target for one in found}))
    ends = _read(database.rows(database.dialect.fixed(_ENDS), (organization, groups)), is_event=True)
    return sorted([*found, *ends], key=lambda one: one.place)


def _read(rows: list[tuple[Any, ...]], *, is_event: bool) -> list[Trace]:
    return [
        Trace(is_event, at, place, kind, target, author, request, orjson.loads(details))
        for at, place, kind, target, author, request, details in rows
    ]


def names(database: Database, organization: str) -> dict[str, str]:
    """Return the names of the connections of an organization by id."""
    sql = "SELECT id, name FROM connection WHERE organization = ?"
    return dict(database.rows(sql, (organization,)))


def displays(database: Database, organization: str, idents: Collection[str]) -> dict[str, str]:
    """Return what some resources are called, by id; those that are gone for good are left out."""
    sql = database.dialect.fixed("SELECT id, display FROM resource WHERE organization = ? AND id {among}")
    rows = database.rows(sql, (organization, database.dialect.list_parameter(idents)))
    return dict(rows)


# The id stands in details and payload as a text of its own, as above.
_ENTRIES = """
SELECT sequence, created_at, author, request, action, target, details FROM audit_entry
WHERE organization = ? AND (target = ? OR details LIKE ?) ORDER BY sequence"""
_EVENTS = """
SELECT sequence, created_at, connection, request, kind, resource, payload FROM event
WHERE organization = ? AND (resource = ? OR payload LIKE ?) ORDER BY sequence"""


def entries_naming(database: Database, organization: str, ident: str) -> list[dict[str, Any]]:
    """Return the audit entries in which an id stands, in order."""
    names = ("sequence", "created_at", "author", "request", "action", "target", "details")
    return _naming(database, _ENTRIES, names, organization, ident)


def events_naming(database: Database, organization: str, ident: str) -> list[dict[str, Any]]:
    """Return the events in which an id stands, in order."""
    names = ("sequence", "created_at", "connection", "request", "kind", "resource", "payload")
    return _naming(database, _EVENTS, names, organization, ident)


def _naming(
    database: Database, sql: str, names: tuple[str, ...], organization: str, ident: str
) -> list[dict[str, Any]]:
    rows = database.rows(sql, (organization, ident, f'%"{ident}"%'))
    return [dict(zip(names, (*row[:-1], orjson.loads(row[-1])), strict=True)) for row in rows]
