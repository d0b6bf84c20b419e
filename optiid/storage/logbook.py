"""Rows of the logbook: written one by one inside the transaction of a write, or many at once, and looked up."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import lru_cache
from itertools import chain
from operator import attrgetter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from optiid.storage.database import Database

# SQLite and PostgreSQL take many more parameters in one statement.
ROWS_PER_STATEMENT = 50


@dataclass(slots=True)
class Line:
    """One request, or one operation of a bulk; filled in on its way.

    `status` is 0 until the answer is known. `changed` is a JSON list of names. What came, what it meant after the
    profile, and the values before and after are JSON text, None where they are not kept.
    """

    organization: str
    id: str
    connection: str
    created_at: str
    request: str
    method: str
    target: str
    profile: str
    status: int = 0
    milliseconds: float = 0.0
    decision: str = ""
    scim_type: str = ""
    resource: str = ""
    subject: str = ""
    changed: str = "[]"
    came: str | None = None
    meant: str | None = None
    before_values: str | None = None
    after_values: str | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which lines are looked for; what is empty does not narrow. `since` and `until` are instants, or begin one.

    `resource` and `subject` are id and name key of a person or group: a line about either is wanted.
    """

    resource: str = ""
    subject: str = ""
    connection: str = ""
    request: str = ""
    status: tuple[int, int] | None = None
    since: str = ""
    until: str = ""


COLUMNS = tuple(one.name for one in fields(Line))
# Comes after every id.
BEYOND = "g"
_NAMES = ", ".join(COLUMNS)
_row_of = attrgetter(*COLUMNS)  # `astuple` would copy each value


@lru_cache(maxsize=ROWS_PER_STATEMENT)
def _insertion(rows: int) -> str:
    marks = f"({', '.join('?' * len(COLUMNS))})"
    return f"INSERT INTO logbook ({_NAMES}) VALUES {', '.join([marks] * rows)} ON CONFLICT DO NOTHING"


def insert(database: Database, lines: Sequence[Line]) -> None:
    """Store lines, inside a transaction; one that is there already, since a commit was not confirmed, stays."""
    for start in range(0, len(lines), ROWS_PER_STATEMENT):
        part = lines[start : start + ROWS_PER_STATEMENT]
        database.execute(_insertion(len(part)), tuple(chain.from_iterable(map(_row_of, part))))


def known(database: Database, organizations: Collection[str]) -> set[str]:
    """Return those of some organizations that lie in this database."""
    sql = database.dialect.fixed("SELECT o.id FROM organization o WHERE o.id {among}")
    return {row[0] for row in database.rows(sql, (database.dialect.list_parameter(organizations),))}


@lru_cache(maxsize=ROWS_PER_STATEMENT)
def _completion(rows: int) -> str:
    marks = "(?, ?, CAST(? AS INTEGER), CAST(? AS DOUBLE PRECISION))"
    return f"""
WITH told (organization, id, status, milliseconds) AS (VALUES {", ".join([marks] * rows)})
UPDATE logbook SET status = told.status, milliseconds = told.milliseconds FROM told
WHERE logbook.organization = told.organization AND logbook.id = told.id"""


def complete(database: Database, lines: Sequence[Line]) -> None:
    """Store what is known after a write only, status and time, inside a transaction."""
    for start in range(0, len(lines), ROWS_PER_STATEMENT):
        part = lines[start : start + ROWS_PER_STATEMENT]
        told = [(one.organization, one.id, one.status, one.milliseconds) for one in part]
        database.execute(_completion(len(part)), [value for one in told for value in one])


def page(database: Database, organization: str, after: str, limit: int, wanted: Wanted = Wanted()) -> list[Line]:
    """Return lines of an organization, those whose id follows `after`, oldest first."""
    where, parameters = _narrowed(wanted)
    sql = f"SELECT {_NAMES} FROM logbook WHERE organization = ? AND id > ?{where} ORDER BY id LIMIT ?"
    return [Line(*row) for row in database.rows(sql, (organization, after, *parameters, limit))]


def newest(database: Database, organization: str, limit: int, wanted: Wanted = Wanted()) -> list[Line]:
    """Return the last lines of an organization, oldest first."""
    where, parameters = _narrowed(wanted)
    sql = f"SELECT {_NAMES} FROM logbook WHERE organization = ?{where} ORDER BY id DESC LIMIT ?"
    return [Line(*row) for row in database.rows(sql, (organization, *parameters, limit))][::-1]


def earlier(database: Database, organization: str, before: str, limit: int, wanted: Wanted = Wanted()) -> list[Line]:
    """Return lines of an organization, newest first: those whose id comes before another, or the last ones."""
    where, parameters = _narrowed(wanted)
    sql = f"SELECT {_NAMES} FROM logbook WHERE organization = ? AND id < ?{where} ORDER BY id DESC LIMIT ?"
    return [Line(*row) for row in database.rows(sql, (organization, before or BEYOND, *parameters, limit))]


def _narrowed(wanted: Wanted) -> tuple[str, list[Any]]:
    conditions: dict[str, list[Any]] = {}
    if wanted.resource or wanted.subject:
        conditions["(resource = ? OR subject = ?)"] = [wanted.resource or " ", wanted.subject or " "]
    if wanted.connection:
        conditions["connection = ?"] = [wanted.connection]
    if wanted.request:
        conditions["request = ?"] = [wanted.request]
    if wanted.status is not None:
        conditions["status BETWEEN ? AND ?"] = [*wanted.status]
    if wanted.since:
        conditions["created_at >= ?"] = [wanted.since]
    if wanted.until:
        conditions["created_at < ?"] = [wanted.until]
    return "".join(f" AND {text}" for text in conditions), [one for values in conditions.values() for one in values]


_PRUNE = """
DELETE FROM logbook WHERE organization = ? AND id IN (
  SELECT l.id FROM logbook l WHERE l.organization = ? AND l.id < ? ORDER BY l.id LIMIT ?)"""


def prune(database: Database, organization: str, before: str, limit: int) -> int:
    """Delete lines whose id comes before another, at most `limit`; return how many."""
    return int(database.execute(_PRUNE, (organization, organization, before, limit)).rowcount)


# Indexes logbook_resource and logbook_subject. Names that the person bore before stand in lines of the same id.
_FORGET = """
DELETE FROM logbook WHERE organization = ? AND (resource = ? OR subject = ? OR subject IN (
  SELECT l.subject FROM logbook l WHERE l.organization = ? AND l.resource = ? AND l.subject <> ''))
RETURNING subject, came"""


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What deleted lines about a person told: keys of the names they bore, and JSON texts that were sent."""

    names: set[str]
    bodies: list[str]


def forget_person(database: Database, organization: str, resource: str, name_key: str) -> Forgotten:
    """Delete all lines about a person, by id and by every name they bore; return what else tells of them.

    Inside a transaction.
    """
    rows = database.rows(_FORGET, (organization, resource, name_key or " ", organization, resource))
    return Forgotten({subject for subject, _ in rows if subject}, [came for _, came in rows if came])


_TEXTS = """
SELECT id, target || ' ' || decision || ' ' || COALESCE(came, '') || ' ' || COALESCE(meant, '') || ' '
       || COALESCE(before_values, '') || ' ' || COALESCE(after_values, ''),
       CASE WHEN resource = '' AND (method = 'GET' OR target LIKE '%.search') THEN 1 ELSE 0 END
FROM logbook WHERE organization = ? AND id > ? ORDER BY id LIMIT ?"""


def texts(database: Database, organization: str, after: str, limit: int) -> list[tuple[str, str, bool]]:
    """Return id and all text of lines whose id follows `after`, and whether it is a search, to find a person there."""
    rows = database.rows(_TEXTS, (organization, after, limit))
    return [(ident, text, bool(is_search)) for ident, text, is_search in rows]


def remove(database: Database, organization: str, idents: Sequence[str]) -> None:
    """Delete some lines, inside a transaction."""
    sql = database.dialect.fixed("DELETE FROM logbook WHERE organization = ? AND id {among}")
    database.execute(sql, (organization, database.dialect.list_parameter(idents)))
