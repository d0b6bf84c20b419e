"""One counter per organization gives numbers without gaps, to events and to audit entries."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from optiid.clock import new_id
from optiid.errors import NotFoundError
from optiid.storage import counters
from optiid.storage.counters import Counter


def move_on(service: Any, organization: str, events: int, entries: int) -> Counter:
    """Move a counter on and return what it was before."""
    database = service.database

    def work() -> Counter:
        held = counters.hold(database, organization)
        counters.save(database, organization, Counter(held.event + events, held.entry + entries, held.head))
        return held

    counter: Counter = database.transaction(work)
    return counter


def test_numbers_follow_each_other(service: Any) -> None:
    organization, other = service.connect().organization, service.connect().organization
    first = move_on(service, organization, 2, 3)
    move_on(service, other, 5, 5)
    second = move_on(service, organization, 1, 1)
    assert second == Counter(first.event + 2, first.entry + 3, first.head)
    assert move_on(service, organization, 0, 0) == Counter(second.event + 1, second.entry + 1, first.head)


def test_nobody_else_gets_a_number_until_the_end(service: Any) -> None:
    organization = service.connect().organization
    before = move_on(service, organization, 0, 0)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: move_on(service, organization, 1, 2), range(20)))
    assert move_on(service, organization, 0, 0) == Counter(before.event + 20, before.entry + 40, before.head)


def test_organization_that_is_gone_has_no_counter(service: Any) -> None:
    with pytest.raises(NotFoundError, match="has been removed"):
        move_on(service, new_id(), 1, 1)
