"""Events as rows, written in the transaction of the change they tell of."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import orjson

from optiid.clock import timestamp
from optiid.errors import NotFoundError
from optiid.storage import statements

if TYPE_CHECKING:
    from optiid.storage.database import Database
    from optiid.storage.resources import Scope


@dataclass(frozen=True, slots=True)
class Event:
    """One change of the directory, without its number; the payload holds ids and attribute names, never values."""

    kind: str
    resource: str
    payload: dict[str, Any] = field(default_factory=dict)


def append(database: Database, scope: Scope, request_id: str, events: list[Event]) -> None:
    """Store events under their numbers, as the last act of a transaction: it holds the counter of the organization."""
    if not events:
        return
    row = database.row(statements.NEXT_EVENT, (len(events), scope.organization))
    if row is None:
        raise NotFoundError("The organization has been removed")
    now, first = timestamp(), row[0] - len(events) + 1
    for number, event in enumerate(events, first):
        payload = orjson.dumps(event.payload).decode()
        database.execute(
            statements.INSERT_EVENT,
            (scope.organization, number, event.kind, event.resource, payload, scope.connection, request_id, now),
        )


def page(database: Database, organization: str, after: int, limit: int) -> list[dict[str, Any]]:
    """Return the events of an organization that follow number `after`, in order."""
    rows = database.rows(
        "SELECT sequence, kind, resource, payload, created_at FROM event"
        " WHERE organization = ? AND sequence > ? ORDER BY sequence LIMIT ?",
        (organization, after, limit),
    )
    return [
        {"sequence": number, "kind": kind, "resource": resource, "payload": orjson.loads(payload), "created_at": at}
        for number, kind, resource, payload, at in rows
    ]
