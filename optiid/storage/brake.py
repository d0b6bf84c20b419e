"""What the brake of a connection counts: one row per connection is held, so that no two count at the same moment."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from optiid.storage.database import Database
    from optiid.storage.resources import Scope

# Primary keys of brake and deprovisioning; indexes deprovisioning_time, resource_page and resource_removed.
_ENGAGE = """
INSERT INTO brake (organization, connection, population, measured_at) VALUES (?, ?, 0, '')
ON CONFLICT (organization, connection) DO UPDATE SET population = brake.population
RETURNING population, measured_at"""
_FORGET = "DELETE FROM deprovisioning WHERE organization = ? AND connection = ? AND created_at <= ?"
# The limit is filled in: SQLite plans a statement anew each time one is bound.
_COUNT = """
SELECT COUNT(*) FROM (
  SELECT 1 FROM deprovisioning WHERE organization = ? AND connection = ? AND resource <> ? LIMIT {most:d}) counted"""
_GONE = "SELECT COUNT(*) FROM deprovisioning WHERE organization = ? AND connection = ? AND held = 0"
_LIVING = """
SELECT COUNT(*) FROM resource
WHERE organization = ? AND connection = ? AND type = 'User' AND removed_at IS NULL AND state = 'living'"""
_HIDDEN = """
SELECT COUNT(*) FROM resource
WHERE organization = ? AND connection = ? AND type = 'User' AND removed_at IS NOT NULL AND state = 'living'"""
_MEASURED = "UPDATE brake SET population = ?, measured_at = ? WHERE organization = ? AND connection = ?"
_NOTE = """
INSERT INTO deprovisioning (organization, connection, resource, created_at, held) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (organization, connection, resource)
 DO UPDATE SET created_at = excluded.created_at, held = excluded.held"""


def engage(database: Database, scope: Scope) -> tuple[int, str]:
    """Hold the brake of a connection until the transaction ends; return its population and when that was measured."""
    row = database.row(_ENGAGE, (scope.organization, scope.connection))
    if row is None:
        raise AssertionError("an upsert returns its row")
    return row[0], row[1]


def forget(database: Database, scope: Scope, until: str) -> None:
    """Drop what happened until an instant, which is out of the window."""
    database.execute(_FORGET, (scope.organization, scope.connection, until))


def has_others(database: Database, scope: Scope, but: str, most: int) -> bool:
    """Say whether the connection removed, or wanted to, at least `most` users other than `but`, of what is kept.

    It counts no further than that: a storm may be large.
    """
    return _number(database, _COUNT.format(most=most), (scope.organization, scope.connection, but)) >= most


def measure(database: Database, scope: Scope, now: str) -> int:
    """Count the living users of the connection and those it removed, of what is kept; remember and return the sum."""
    owner = (scope.organization, scope.connection)
    population = sum(_number(database, sql, owner) for sql in (_LIVING, _HIDDEN, _GONE))
    database.execute(_MEASURED, (population, now, *owner))
    return population


def note(database: Database, scope: Scope, resource: str, now: str, *, held: bool) -> None:
    """Remember that the connection removes a user now, or wanted to and is held."""
    database.execute(_NOTE, (scope.organization, scope.connection, resource, now, int(held)))


def _number(database: Database, sql: str, parameters: tuple[str | int, ...]) -> int:
    row = database.row(sql, parameters)
    return 0 if row is None else int(row[0])
