"""Faults of hooks: written at once, then once in a while; by connection; never at the cost of a request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from optiid.errors import UnavailableError
from optiid.profiles.hook_faults import HookFault
from optiid.services import connections, hook_faults
from optiid.storage.resources import Scope

if TYPE_CHECKING:
    from optiid.services.hook_faults import Trouble

FAILED = HookFault("acme", "normalise_patch", "failed", "KeyError")
SLOW = HookFault("acme", "normalise_patch", "slow", "120 ms")


@pytest.fixture
def scope(service: Any) -> Scope:
    connected = service.connect()
    return Scope(connected.organization, connected.connection)


def recent(service: Any, scope: Scope) -> list[Trouble]:
    return hook_faults.recent(service.database, connections.get(service.database, scope.connection))


def test_first_fault_is_written_and_the_next_ones_together(
    service: Any, scope: Scope, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(5):
        with service.database.counting() as seen:
            hook_faults.note(service.database, scope, [FAILED])
    assert not [sql for sql in seen if "hook_fault" in sql]
    assert [one.times for one in recent(service, scope)] == [1]
    monkeypatch.setattr(hook_faults, "INTERVAL_SECONDS", 0.0)
    hook_faults.note(service.database, scope, [FAILED, SLOW])
    told = [(one.hook, one.kind, one.reason, one.times) for one in recent(service, scope)]
    assert told == [("normalise_patch", "failed", "KeyError", 6), ("normalise_patch", "slow", "120 ms", 1)]


def test_what_is_long_ago_is_told_no_more(service: Any, scope: Scope, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hook_faults, "timestamp", lambda *_: "2001-01-01T00:00:00.000000Z")
    hook_faults.note(service.database, scope, [FAILED])
    monkeypatch.undo()
    assert recent(service, scope) == []


def test_database_that_takes_nothing_is_no_matter(
    service: Any, scope: Scope, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(_work: Any) -> None:
        raise UnavailableError("busy")

    monkeypatch.setattr(service.database, "transaction", refuse)
    hook_faults.note(service.database, scope, [FAILED])
    assert f"a fault of connection {scope.connection} could not be noted (UnavailableError)" in caplog.text
