"""One counter per organization gives numbers without gaps, to events and to audit entries."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from optiid.clock import new_id
from optiid.errors import NotFoundError
from optiid.storage import counters

if TYPE_CHECKING:
    from optiid.storage.counters import Counter


def move_on(service: Any, organization: str, events: int, entries: int) -> Counter:
    """Move a counter on and return what it was before."""
    database = service.database

    def work() -> Counter:
        held = counters.hold(database, organization)
        counters.save(database, organization, held._replace(event=held.event + events, entry=held.entry + entries))
        return held

    counter: Counter = database.transaction(work)
    return counter


def test_numbers_follow_each_other(service: Any) -> None:
    organization, other = service.connect().organization, service.connect().organization
    first = move_on(service, organization, 2, 3)
    move_on(service, other, 5, 5)
    second = move_on(service, organization, 1, 1)
    assert second == first._replace(event=first.event + 2, entry=first.entry + 3)
    assert move_on(service, organization, 0, 0) == second._replace(event=second.event + 1, entry=second.entry + 1)


def test_nobody_else_gets_a_number_until_the_end(service: Any) -> None:
    organization = service.connect().organization
    before = move_on(service, organization, 0, 0)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: move_on(service, organization, 1, 2), range(20)))
    assert move_on(service, organization, 0, 0) == before._replace(event=before.event + 20, entry=before.entry + 40)


def test_organization_that_is_gone_has_no_counter(service: Any) -> None:
    with pytest.raises(NotFoundError, match="has been removed"):
        move_on(service, new_id(), 1, 1)
