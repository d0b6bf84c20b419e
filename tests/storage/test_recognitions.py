from __future__ import annotations

from typing import Any

from optiid.storage import recognitions
from optiid.storage.resources import Scope


def test_another_profile_is_another_finding(service: Any) -> None:
    connected = service.connect()
    scope, database = Scope(connected.organization, connected.connection), service.database

    def note(profile: str, reason: str, now: str) -> tuple[Any, ...]:
        database.transaction(lambda: recognitions.note(database, scope, profile, reason, now))
        found = recognitions.find(database, scope) or {}
        return found["profile"], found["reason"], found["first_seen_at"], found["last_seen_at"]

    assert recognitions.find(database, scope) is None
    assert note("acme", "name", "1") == ("acme", "name", "1", "1")
    assert note("acme", "header", "2") == ("acme", "header", "1", "2")
    assert note("globex", "header", "3") == ("globex", "header", "3", "3")
    other = service.connect()
    assert recognitions.find(database, Scope(other.organization, other.connection)) is None
