"""Rows that tell which hooks failed or were slow in requests of a connection."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from optiid.storage.models.diagnosis import HookFault

if TYPE_CHECKING:
    from optiid.storage.database import Database
    from optiid.storage.resources import Scope

# Primary key of hook_fault.
_ADD = """
INSERT INTO hook_fault
  (organization, connection, profile, hook, kind, reason, times, first_seen_at, last_seen_at)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (organization, connection, profile, hook, kind) DO UPDATE SET
  times = hook_fault.times + excluded.times, reason = excluded.reason, last_seen_at = excluded.last_seen_at"""


def add(database: Database, scope: Scope, fault: tuple[str, str, str, str], times: int, now: str) -> None:
    """Count a fault (profile, hook, kind, reason) as seen so many times more; inside a transaction."""
    database.execute(_ADD, (scope.organization, scope.connection, *fault, times, now, now))


def seen_since(database: Database, scope: Scope, instant: str) -> list[dict[str, Any]]:
    """Return the faults of a connection that were seen since an instant, by profile, hook and kind."""
    chosen = (HookFault.organization == scope.organization) & (HookFault.connection == scope.connection)
    order = (HookFault.profile, HookFault.hook, HookFault.kind)
    query = HookFault.select().where(chosen & (HookFault.last_seen_at >= instant)).order_by(*order)
    return list(query.dicts().execute(database.engine))
