from __future__ import annotations

from typing import Any

from optiid.storage import hook_faults
from optiid.storage.resources import Scope


def test_faults_are_counted_by_hook_and_kind(service: Any) -> None:
    connected, other, database = service.connect(), service.connect(), service.database
    scope = Scope(connected.organization, connected.connection)

    def add(kind: str, reason: str, times: int, now: str) -> None:
        fault = ("acme", "shape_error", kind, reason)
        database.transaction(lambda: hook_faults.add(database, scope, fault, times, now))

    def seen(instant: str) -> list[tuple[Any, ...]]:
        rows = hook_faults.seen_since(database, scope, instant)
        return [(row["kind"], row["reason"], row["times"], row["first_seen_at"], row["last_seen_at"]) for row in rows]

    add("failed", "KeyError", 1, "1")
    add("slow", "120 ms", 1, "2")
    add("failed", "TypeError", 4, "3")
    assert seen("0") == [("failed", "TypeError", 5, "1", "3"), ("slow", "120 ms", 1, "2", "2")]
    assert seen("3") == [("failed", "TypeError", 5, "1", "3")]
    assert hook_faults.seen_since(database, Scope(other.organization, other.connection), "0") == []
