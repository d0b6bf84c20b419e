"""One counter per organization gives numbers without gaps, to events and to audit entries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from optiid.clock import new_id
from optiid.errors import NotFoundError
from optiid.storage import counters

if TYPE_CHECKING:
    from optiid.storage.counters import Numbers


def take(service: Any, organization: str, events: int, entries: int) -> Numbers:
    return service.database.transaction(lambda: counters.take(service.database, organization, events, entries))


def test_numbers_follow_each_other(service: Any) -> None:
    organization, other = service.connect().organization, service.connect().organization
    first = take(service, organization, 2, 3)
    take(service, other, 5, 5)
    second = take(service, organization, 1, 1)
    assert (second.event, second.entry) == (first.event + 2, first.entry + 3)
    assert (second.head, len(take(service, organization, 0, 0).head)) == (first.head, len(first.head))


def test_numbers_come_in_one_statement(service: Any) -> None:
    organization = service.connect().organization
    with service.database.counting() as seen:
        take(service, organization, 1, 1)
    assert len(seen) == 1


def test_organization_that_is_gone_has_no_counter(service: Any) -> None:
    with pytest.raises(NotFoundError, match="has been removed"):
        take(service, new_id(), 1, 1)
