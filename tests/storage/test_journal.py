"""Events: numbered per organization, without gaps, and only what was committed."""

from __future__ import annotations

from typing import Any

import pytest

from optiid.clock import new_id
from optiid.errors import NotFoundError
from optiid.storage import counters, journal
from optiid.storage.journal import Event
from optiid.storage.resources import Scope


@pytest.fixture
def scope(service: Any) -> Scope:
    return a_scope(service)


def a_scope(service: Any) -> Scope:
    """Return a scope whose organization has no events yet."""
    connected = service.connect()

    def forget() -> None:
        organization = (connected.organization,)
        service.database.execute("DELETE FROM event WHERE organization = ?", organization)
        service.database.execute("UPDATE event_counter SET sequence = 0 WHERE organization = ?", organization)

    service.database.transaction(forget)
    return Scope(connected.organization, connected.connection)


def append(service: Any, scope: Scope, *events: Event) -> None:
    service.database.transaction(lambda: numbered(service, scope, *events))


def numbered(service: Any, scope: Scope, *events: Event) -> None:
    counter = counters.hold(service.database, scope.organization)
    counter = journal.append(service.database, scope, "req_1", events, counter)
    counters.save(service.database, scope.organization, counter)


def page(service: Any, scope: Scope, after: int = 0, limit: int = 100) -> list[dict[str, Any]]:
    return service.database.reading(lambda: journal.page(service.database, scope.organization, after, limit))


def test_events_are_numbered_from_one(service: Any, scope: Scope) -> None:
    append(service, scope, Event("user.created", "a"), Event("group.member_added", "g", {"members": ["a"]}))
    append(service, scope, Event("user.deleted", "a"))
    assert [
        (event["sequence"], event["kind"], event["resource"], event["payload"]) for event in page(service, scope)
    ] == [
        (1, "user.created", "a", {}),
        (2, "group.member_added", "g", {"members": ["a"]}),
        (3, "user.deleted", "a", {}),
    ]


def test_page_begins_after_a_number_and_is_bounded(service: Any, scope: Scope) -> None:
    append(service, scope, *[Event("user.updated", str(number)) for number in range(5)])
    assert [event["sequence"] for event in page(service, scope, 1, 2)] == [2, 3]
    assert page(service, scope, 5) == []


def test_each_organization_counts_for_itself(service: Any, scope: Scope) -> None:
    append(service, scope, Event("user.created", "a"))
    append(service, a_scope(service), Event("user.created", "b"))
    assert [(event["sequence"], event["resource"]) for event in page(service, scope)] == [(1, "a")]


def test_events_that_were_rolled_back_leave_no_gap(service: Any, scope: Scope) -> None:
    def work() -> None:
        numbered(service, scope, Event("user.created", "a"))
        raise ValueError

    with pytest.raises(ValueError):  # noqa: PT011 - the one from above
        service.database.transaction(work)
    append(service, scope, Event("user.created", "b"))
    assert [(event["sequence"], event["resource"]) for event in page(service, scope)] == [(1, "b")]


def test_organization_that_is_gone_takes_no_events(service: Any) -> None:
    with pytest.raises(NotFoundError):
        append(service, Scope(new_id(), new_id()), Event("user.created", "a"))
