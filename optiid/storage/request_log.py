"""Rows of recorded requests: the newest of each connection, never more than `KEPT`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_plus

from optiid.storage.models.diagnosis import RequestLog
from optiid.storage.searches import looks_for, tells_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from optiid.storage.database import Database
    from optiid.storage.resources import Scope

KEPT = 1000
# Rows that are in memory at once: bodies can be large.
SLICE = 100
Record = dict[str, Any]

_INSERT = """
INSERT INTO request_log (organization, connection, id, created_at, method, target, headers, body, status, answer,
                         profile, request, milliseconds)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""

# Primary key. Ids are in the order of time, so what comes before the newest ones is the oldest.
_TRIM = """
DELETE FROM request_log WHERE organization = ? AND connection = ? AND id <= (
  SELECT l.id FROM request_log l WHERE l.organization = ? AND l.connection = ? ORDER BY l.id DESC LIMIT 1 OFFSET ?)"""

# Primary key.
_TEXTS = """
SELECT connection, id, target, COALESCE(body, ''), COALESCE(answer, '') FROM request_log
WHERE organization = ? AND (connection, id) > (?, ?) ORDER BY connection, id LIMIT ?"""


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
    """Delete the recorded requests of an organization in which one of these texts stands as a word, in any case.

    In a transaction.
    """
    _delete(database, organization, _telling(database, organization, texts))


def about_person(database: Database, organization: str, texts: list[str]) -> list[Record]:
    """Return the recorded requests of an organization in which one of these texts stands as a word, oldest first."""
    hits = set(_telling(database, organization, texts))
    query = RequestLog.select().where(RequestLog.organization == organization).order_by(RequestLog.id).dicts()
    return [row for row in query.execute(database.engine) if row["id"] in hits] if hits else []


def _telling(database: Database, organization: str, texts: list[str]) -> list[str]:
    wanted = {text.casefold() for text in texts if text}
    return [ident for ident, told in _told(database, organization) if any(tells_of(told, one) for one in wanted)]


def _told(database: Database, organization: str) -> Iterator[tuple[str, str]]:
    """Yield the id and the case-folded text of each recorded request of an organization."""
    after = ("", "")
    while rows := database.rows(_TEXTS, (organization, *after, SLICE)):
        for _, ident, target, body, answer in rows:
            yield ident, f"{unquote_plus(target)} {body} {answer}".casefold()
        after = rows[-1][:2]


_SEARCHES = """
SELECT id, target, COALESCE(body, '') FROM request_log
WHERE organization = ? AND (method = 'GET' OR target LIKE '%/.search')"""


def forget_searches(database: Database, organization: str, values: Collection[str]) -> None:
    """Delete the recorded searches of an organization for one of these values, in any case; in a transaction."""
    folded = {value.casefold() for value in values}
    rows = database.rows(_SEARCHES, (organization,))
    hits = [ident for ident, target, body in rows if looks_for(f"{unquote_plus(target)} {body}".casefold(), folded)]
    _delete(database, organization, hits)


def _delete(database: Database, organization: str, hits: list[str]) -> None:
    sql = database.dialect.fixed("DELETE FROM request_log WHERE organization = ? AND id {among}")
    database.execute(sql, (organization, database.dialect.list_parameter(hits)))


def count(database: Database, scope: Scope) -> int:
    """Return how many requests of a connection are kept."""
    sql = "SELECT COUNT(*) FROM request_log WHERE organization = ? AND connection = ?"
    row = database.row(sql, (scope.organization, scope.connection))
    return int(row[0]) if row else 0
