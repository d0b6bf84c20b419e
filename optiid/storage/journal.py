"""Events as rows, written in the transaction of the change they tell of."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import orjson

from optiid.clock import timestamp
from optiid.storage import event_kinds, many_rows, statements

if TYPE_CHECKING:
    from collections.abc import Sequence

    from optiid.storage.counters import Counter
    from optiid.storage.database import Database
    from optiid.storage.resources import Scope


@dataclass(frozen=True, slots=True)
class Event:
    """One change of the directory, without its number; the payload holds ids and attribute names, never values."""

    kind: str
    resource: str
    payload: dict[str, Any] = field(default_factory=dict)


def append(database: Database, scope: Scope, request_id: str, events: Sequence[Event], counter: Counter) -> Counter:
    """Store events under the next numbers of a counter; return it moved on. Raises ValueError for what is no event."""
    now, rows = timestamp(), []
    for number, event in enumerate(events, counter.event + 1):
        event_kinds.check(event)
        payload = orjson.dumps(event.payload).decode()
        rows.append(
            (scope.organization, number, event.kind, event.resource, payload, scope.connection, request_id, now)
        )
    many_rows.insert(database, statements.INSERT_EVENT, rows)
    return counter._replace(event=counter.event + len(rows))


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
