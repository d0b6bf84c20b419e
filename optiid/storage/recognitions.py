"""Rows that tell whose requests a connection's look like."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from optiid.storage.models.diagnosis import Recognition

if TYPE_CHECKING:
    from optiid.storage.database import Database
    from optiid.storage.resources import Scope

# Primary key of recognition. Another profile than before is a new finding: it is seen for the first time.
_NOTE = """
INSERT INTO recognition (organization, connection, profile, reason, first_seen_at, last_seen_at)
VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (organization, connection) DO UPDATE SET
  first_seen_at = CASE WHEN recognition.profile = excluded.profile THEN recognition.first_seen_at
                       ELSE excluded.first_seen_at END,
  profile = excluded.profile, reason = excluded.reason, last_seen_at = excluded.last_seen_at"""


def note(database: Database, scope: Scope, profile: str, reason: str, now: str) -> None:
    """Store what a connection's requests look like; inside a transaction."""
    database.execute(_NOTE, (scope.organization, scope.connection, profile, reason, now, now))


def find(database: Database, scope: Scope) -> dict[str, Any] | None:
    """Return what is stored of a connection, or None."""
    chosen = (Recognition.organization == scope.organization) & (Recognition.connection == scope.connection)
    rows = list(Recognition.select().where(chosen).dicts().execute(database.engine))
    return rows[0] if rows else None
