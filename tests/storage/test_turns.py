"""Turns come in order, one at a time, and commits are left to those only who may share them."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import pytest

from optiid.storage import turns
from optiid.storage.turns import Group, Turn, Turns

if TYPE_CHECKING:
    from collections.abc import Callable

SOON = 10.0


def taken(waits: Turns, *, joins: bool = True) -> Turn:
    turn = waits.take(SOON, joins=joins)
    assert turn is not None
    return turn


def waiting(waits: Turns, act: Callable[[Turn], None], *, joins: bool = True) -> threading.Thread:
    """Begin a thread that acts once its turn has come, and return when it waits."""
    before = len(waits._waiting)
    thread = threading.Thread(target=lambda: act(taken(waits, joins=joins)))
    thread.start()
    while len(waits._waiting) == before:
        time.sleep(0.001)
    return thread


def test_turns_come_in_order_and_one_at_a_time() -> None:
    waits, order = Turns(), []
    first = taken(waits)

    def act(name: str) -> Callable[[Turn], None]:
        def one(turn: Turn) -> None:
            order.append(name)
            time.sleep(0.01)
            order.append(name)
            waits.leave(turn)

        return one

    threads = [waiting(waits, act(name)) for name in "abc"]
    waits.leave(first)
    for thread in threads:
        thread.join(SOON)
    assert "".join(order) == "aabbcc"
    waits.leave(taken(waits))


def test_turn_that_does_not_come_in_time_is_given_to_nobody() -> None:
    waits = Turns()
    first = taken(waits)
    assert waits.take(0.01, joins=True) is None
    waits.leave(first)
    waits.leave(taken(waits))


def test_turn_that_comes_at_the_last_moment_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    waits = Turns()
    first, late = taken(waits), Turn(joins=True)

    class Late:
        """A lock that is not had in time, while the turn comes."""

        def acquire(self, timeout: float | None = None) -> bool:
            if timeout is not None:
                waits.leave(first)
            return timeout is None

        def release(self) -> None:
            pass

    monkeypatch.setattr(late, "signal", Late())
    monkeypatch.setattr(turns, "Turn", lambda joins: late)  # noqa: ARG005 - the call's own name
    assert waits.take(0.01, joins=True) is late


@pytest.mark.parametrize(
    ("mine", "theirs", "is_left"), [(True, True, True), (False, True, False), (True, False, False)]
)
def test_commit_is_left_to_whom_may_share_it(*, mine: bool, theirs: bool, is_left: bool) -> None:
    waits, group, met = Turns(), Group(), []
    first = taken(waits, joins=mine)

    def act(turn: Turn) -> None:
        met.append(turn.group)
        if turn.group is not None:
            turn.group.end()
        waits.leave(turn)

    thread = waiting(waits, act, joins=theirs)
    assert waits.leave_commit(first, group) is is_left
    waits.leave(first)
    thread.join(SOON)
    assert met == [group if is_left else None]
    assert first.signal.acquire(timeout=0 if not is_left else SOON) is is_left


def test_commit_is_left_to_nobody_when_nobody_waits() -> None:
    waits = Turns()
    assert not waits.leave_commit(taken(waits), Group())


def test_group_is_bounded_in_number_and_time(monkeypatch: pytest.MonkeyPatch) -> None:
    group = Group()
    group.turns = [Turn(joins=True) for _ in range(turns.MOST_TOGETHER - 2)]
    assert group.has_room()
    group.turns.append(Turn(joins=True))
    assert not group.has_room()
    monkeypatch.setattr(turns, "TOGETHER_SECONDS", 0.0)
    assert not Group().has_room()
