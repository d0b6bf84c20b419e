"""What lost against others is known, and waits a little longer each time."""

from __future__ import annotations

from types import SimpleNamespace

import peewee
import pytest

from optiid.storage.retrying import LONGEST_PAUSE_SECONDS, PAUSE_SECONDS, is_given_up, pause_after


@pytest.mark.parametrize(("state", "again"), [("40001", True), ("40P01", True), ("23505", False), (None, False)])
def test_by_its_state(state: str | None, again: bool) -> None:
    error = peewee.OperationalError("lost")
    assert is_given_up(error) is False
    error.orig = SimpleNamespace(sqlstate=state)  # type: ignore[attr-defined]  # as peewee does
    assert is_given_up(error) is again


def test_pauses_grow_to_a_limit_and_differ() -> None:
    pauses = [[pause_after(attempt) for _ in range(20)] for attempt in (1, 5, 1000)]
    for found, middle in zip(pauses, (PAUSE_SECONDS, 5 * PAUSE_SECONDS, LONGEST_PAUSE_SECONDS), strict=True):
        assert middle / 2 <= min(found) < max(found) <= middle * 1.5
