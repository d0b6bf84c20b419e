"""The end of a token is told some days before, once for each stage."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from optiid.clock import now
from optiid.services import expiry_notices, tokens, upkeep

if TYPE_CHECKING:
    import pytest


def told(service: Any, organization: str) -> list[str]:
    sql = "SELECT e.resource FROM event e WHERE e.organization = ? AND e.kind = 'token.expiring' ORDER BY e.sequence"
    return [row[0] for row in service.database.reading(lambda: service.database.rows(sql, (organization,)))]


def test_each_stage_is_told_once(service: Any, monkeypatch: pytest.MonkeyPatch, caplog: Any) -> None:
    connected = service.connect()
    made, _ = tokens.create(service.database, connected.connection, timedelta(days=40))
    caplog.set_level(logging.WARNING)
    numbers = []
    for days in (0, 11, 12, 34, 34.5, 39.5, 39.6, 41):
        monkeypatch.setattr(expiry_notices, "now", lambda days=days: now() + timedelta(days=days))
        numbers.append(expiry_notices.tell(service.database, connected.organization))
    assert numbers == [0, 1, 0, 1, 0, 1, 0, 0]
    assert told(service, connected.organization) == [made.id] * 3
    lines = [record.getMessage() for record in caplog.records if made.id in record.getMessage()]
    assert len(lines) == 3
    assert all(f"optiid token rotate {connected.connection}" in line for line in lines)


def test_missed_stages_are_told_as_one(service: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    connected = service.connect()
    monkeypatch.setattr(expiry_notices, "now", lambda: now() + timedelta(days=364.5))
    assert [expiry_notices.tell(service.database, connected.organization) for _ in range(2)] == [1, 0]


def test_short_lives_ends_by_rotation_and_revoked_ones_are_not_told(
    service: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    connected = service.connect()
    tokens.rotate(service.database, connected.connection, timedelta(hours=24), timedelta(days=5))
    tokens.create(service.database, connected.connection, timedelta(hours=20))
    gone, _ = tokens.create(service.database, connected.connection, timedelta(days=20))
    tokens.revoke(service.database, gone.id)
    assert expiry_notices.tell(service.database, connected.organization) == 0
    assert told(service, connected.organization) == []


def test_upkeep_tells(service: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    connected = service.connect()
    made, _ = tokens.create(service.database, connected.connection, timedelta(days=31))
    monkeypatch.setattr(expiry_notices, "now", lambda: now() + timedelta(days=2))
    assert upkeep.run(service.database, service.settings)["notices of credentials that end"] >= 1
    assert told(service, connected.organization) == [made.id]
