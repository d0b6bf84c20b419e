"""Rows of recorded requests: the newest of each connection, never more than `KEPT`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_plus

from optiid.storage.models.diagnosis import RequestLog
from optiid.storage.searches import looks_for

if TYPE_CHECKING:
    from collections.abc import Collection

    from optiid.storage.database import Database
    from optiid.storage.resources import Scope

KEPT = 1000
Record = dict[str, Any]

_INSERT = """
INSERT INTO request_log (organization, connection, id, created_at, method, target, headers, body, status, answer,
                         profile, request, milliseconds)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""

# Primary key. Ids are in the order of time, so what comes before the newest ones is the oldest.
_TRIM = """
DELETE FROM request_log WHERE organization = ? AND connection = ? AND id <= (
  SELECT l.id FROM request_log l WHERE l.organization = ? AND l.connection = ? ORDER BY l.id DESC LIMIT 1 OFFSET ?)"""

_FORGET_PERSON = """
DELETE FROM request_log
WHERE organization = ?
  AND {position}(lower(target || ' ' || COALESCE(body, '') || ' ' || COALESCE(answer, '')), ?) > 0"""


def append(database: Database, scope: Scope, record: Record) -> None:
    """Store a request, and drop the oldest of its connection beyond `KEPT`; inside a transaction."""
    owner = (scope.organization, scope.connection)
    names = ("id", "created_at", "method", "target", "headers", "body", "status", "answer", "profile", "request")
    database.execute(_INSERT, (*owner, *(record[name] for name in names), record["milliseconds"]))
    database.execute(_TRIM, (*owner, *owner, KEPT))


def newest(database: Database, scope: Scope, limit: int) -> list[Record]:
    """Return the last requests of a connection in the order in which they were answered."""
    chosen = (RequestLog.organization == scope.organization) & (RequestLog.connection == scope.connection)
    query = RequestLog.select().where(chosen).order_by(RequestLog.id.desc()).limit(limit)
    return list(query.dicts().execute(database.engine))[::-1]


def forget(database: Database, scope: Scope) -> int:
    """Delete the recorded requests of a connection and return how many there were; inside a transaction."""
    chosen = (RequestLog.organization == scope.organization) & (RequestLog.connection == scope.connection)
    return int(RequestLog.delete().where(chosen).execute(database.engine))


def forget_person(database: Database, organization: str, texts: list[str]) -> None:
    """Delete the recorded requests of an organization that hold one of these texts, in any case; in a transaction."""
    position = "instr" if database.dialect.name == "sqlite" else "strpos"
    for text in texts:
        database.execute(_FORGET_PERSON.format(position=position), (organization, text.lower()))


_SEARCHES = """
SELECT id, target, COALESCE(body, '') FROM request_log
WHERE organization = ? AND (method = 'GET' OR target LIKE '%/.search')"""


def forget_searches(database: Database, organization: str, values: Collection[str]) -> None:
    """Delete the recorded searches of an organization for one of these values, in any case; in a transaction."""
    folded = {value.casefold() for value in values}
    rows = database.rows(_SEARCHES, (organization,))
    hits = [ident for ident, target, body in rows if looks_for(f"{unquote_plus(target)} {body}".casefold(), folded)]
    sql = database.dialect.fixed("DELETE FROM request_log WHERE organization = ? AND id {among}")
    database.execute(sql, (organization, database.dialect.list_parameter(hits)))


def count(database: Database, scope: Scope) -> int:
    """Return how many requests of a connection are kept."""
    sql = "SELECT COUNT(*) FROM request_log WHERE organization = ? AND connection = ?"
    row = database.row(sql, (scope.organization, scope.connection))
    return int(row[0]) if row else 0
