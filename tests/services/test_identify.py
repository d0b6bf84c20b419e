"""Who a token is, and for how long that is remembered (rule R21)."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

import pytest

from optiid.clock import now
from optiid.errors import RefusedTokenError, UnauthenticatedError
from optiid.services import connections, dry_run, identify, plans, tokens
from optiid.services.identify import Callers
from optiid.storage.database import open_database
from tests.running import USER


@pytest.fixture
def elsewhere(service: Any) -> Any:
    """Return the database as another process has it open."""
    database = open_database(service.settings)
    yield database
    database.close()


def header_of(connected: Any) -> str:
    return f"Bearer {connected.token}"


def test_what_another_process_revokes_is_felt_within_the_moment(
    service: Any, elsewhere: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    connected, callers = service.connect(), Callers(service.database, 60)
    callers.of(header_of(connected))
    monkeypatch.setattr(identify, "KNOWN_SECONDS", 0.05)
    [token] = tokens.list_all(elsewhere, connected.connection)
    tokens.revoke(elsewhere, token.id)
    time.sleep(0.06)
    with pytest.raises(RefusedTokenError):
        callers.of(header_of(connected))


def test_what_is_not_active_is_looked_up_each_time(service: Any, elsewhere: Any) -> None:
    connected, callers = service.connect(), Callers(service.database, 60)
    connections.change_state(service.database, connected.connection, "paused")
    assert callers.of(header_of(connected)).state == "paused"
    connections.change_state(elsewhere, connected.connection, "active")
    assert callers.of(header_of(connected)).state == "active"


def test_what_is_only_planned_is_looked_up_each_time(service: Any, elsewhere: Any) -> None:
    connected, callers = service.connect(), Callers(service.database, 60)
    dry_run.begin(service.database, connected.connection)
    planned = callers.of(header_of(connected))
    assert planned.plane != planned.scope
    plans.discard(elsewhere, connected.connection)
    assert callers.of(header_of(connected)).state == "paused"


def test_it_is_looked_up_after_each_act_of_an_administrator_in_the_process(service: Any) -> None:
    connected, callers = service.connect(), Callers(service.database, 60)
    assert callers.of(header_of(connected)).state == "active"
    connections.change_state(service.database, connected.connection, "paused")
    assert callers.of(header_of(connected)).state == "paused"


def test_writes_of_identity_providers_leave_it_known(service: Any) -> None:
    connected = service.connect()
    scim, callers = service.as_(connected), Callers(service.database, 60)
    for _ in range(2):
        callers.of(header_of(connected))
    scim.post("/Users", {"schemas": [USER], "userName": "anna@example.com"})
    with service.database.counting() as seen:
        callers.of(header_of(connected))
    assert not seen


def test_who_is_known_costs_no_statement(service: Any) -> None:
    connected, callers = service.connect(), Callers(service.database, 60)
    for _ in range(2):  # the first use of a token is noted, which is a write
        callers.of(header_of(connected))
    with service.database.counting() as seen:
        callers.of(header_of(connected))
    assert not seen


def test_nobody_is_remembered_for_a_wrong_token(service: Any) -> None:
    callers = Callers(service.database, 60)
    for header in (None, "", "Bearer x", "Bearer " + service.connect().token[:-1] + "0"):
        for _ in range(2):
            with pytest.raises(UnauthenticatedError):
                callers.of(header)


def test_only_so_many_are_remembered(service: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(identify, "MOST_KNOWN", 2)
    callers = Callers(service.database, 60)
    for connected in [service.connect() for _ in range(4)]:
        assert callers.of(header_of(connected)).scope.connection == connected.connection


def test_who_is_known_ends_with_its_token(service: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    connected, callers = service.connect(), Callers(service.database, 60)
    for _ in range(2):
        callers.of(header_of(connected))
    monkeypatch.setattr(identify, "now", lambda: now() + timedelta(days=366))
    with pytest.raises(RefusedTokenError):
        callers.of(header_of(connected))


@pytest.mark.parametrize(
    ("change", "status"),
    [
        (lambda database, one: tokens.revoke(database, tokens.list_all(database, one.connection)[0].id), 401),
        (lambda database, one: connections.change_state(database, one.connection, "paused"), 503),
    ],
)
def test_a_write_goes_by_what_is_stored(service: Any, elsewhere: Any, change: Any, status: int) -> None:
    connected = service.connect()
    scim = service.as_(connected)
    bodies = [{"schemas": [USER], "userName": f"{name}@example.com"} for name in ("anna", "anna", "bert")]
    assert scim.post("/Users", bodies[0]).status == 201
    change(elsewhere, connected)
    # What is refused and what is done are told alike: each by what the token is now.
    assert [scim.post("/Users", body).status for body in bodies[1:]] == [status, status]
