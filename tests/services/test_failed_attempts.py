"""Addresses that fail too often are answered 429, and whoever may come in comes in all the while."""

from __future__ import annotations

import pytest

from optiid.errors import TooManyRequestsError
from optiid.services import failed_attempts
from optiid.services.failed_attempts import FailedAttempts
from tests.services.test_rate_limits import Clock, OneBucketEach

ADDRESS = "203.0.113.7"


def watching(most: int, clock: Clock | None = None) -> FailedAttempts:
    clock = clock or Clock()
    return FailedAttempts(most, OneBucketEach(clock), clock)


def fail(attempts: FailedAttempts, address: str, header: str) -> bool:
    """Fail once, and say whether it was answered 429."""
    try:
        attempts.check(address, header)
        attempts.failed(address, header)
    except TooManyRequestsError as error:
        assert 1 <= error.retry_after <= 60
        return True
    return False


def test_failures_beyond_the_limit_are_refused_until_the_minute_is_over(caplog: pytest.LogCaptureFixture) -> None:
    clock = Clock()
    attempts = watching(5, clock)
    assert [fail(attempts, ADDRESS, f"Bearer {one}") for one in range(8)] == [False] * 5 + [True] * 3
    assert not fail(attempts, "203.0.113.8", "Bearer x")
    clock.now += 61
    assert [fail(attempts, ADDRESS, f"Bearer {one}") for one in range(6)] == [False] * 5 + [True]
    told = [record.getMessage() for record in caplog.records]
    assert told == [
        "5 requests from 203.0.113.7 within a minute had no usable token: more are answered 429",
        "3 requests from 203.0.113.7 were answered 429",
        "5 requests from 203.0.113.7 within a minute had no usable token: more are answered 429",
    ]


def test_only_what_was_refused_before_is_refused_unseen() -> None:
    attempts = watching(2)
    for _ in range(4):
        fail(attempts, ADDRESS, "Bearer wrong")
    with pytest.raises(TooManyRequestsError):
        attempts.check(ADDRESS, "Bearer wrong")
    attempts.check(ADDRESS, "Bearer genuine")
    attempts.check("203.0.113.8", "Bearer wrong")
    attempts.check(ADDRESS, None)


def test_proxies_that_tell_nobody_are_not_counted() -> None:
    attempts = watching(1)
    assert not any(fail(attempts, "", "Bearer wrong") for _ in range(10))
    assert not attempts.any


def test_whole_networks_of_the_new_internet_count_as_one() -> None:
    attempts = watching(2)
    assert [fail(attempts, f"2001:db8::{one}", "x") for one in range(3)] == [False, False, True]
    assert not fail(attempts, "2001:db8:0:1::1", "y")
    assert [fail(attempts, "::ffff:203.0.113.9", "z"), fail(attempts, "::ffff:203.0.113.10", "z")] == [False, False]


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(failed_attempts, "MOST_ADDRESSES", 50)
    monkeypatch.setattr(failed_attempts, "MOST_REFUSED", 60)
    attempts = watching(2)
    for number in [one for one in range(1000) for _ in range(3)]:
        fail(attempts, f"198.51.{number // 250}.{number % 250}", f"Bearer {number}")
    assert (len(attempts._refusing), len(attempts._refused)) == (50, 60)


def test_processes_of_a_machine_count_together() -> None:
    """Whoever meets one worker only may fail as often as who meets all; more than one worker gives no more."""
    clock = Clock()
    buckets = OneBucketEach(clock)
    workers = [FailedAttempts(60, buckets, clock) for _ in range(2)]
    assert [fail(workers[0], ADDRESS, str(one)) for one in range(61)] == [False] * 60 + [True]
    assert [fail(workers[one % 2], "203.0.113.8", str(one)) for one in range(61)] == [False] * 60 + [True]
    clock.now += 2
    assert [fail(workers[1], ADDRESS, str(one)) for one in range(3)] == [False, False, True]


def test_fault_of_the_counter_refuses_nobody(caplog: pytest.LogCaptureFixture) -> None:
    attempts = watching(1)
    attempts._buckets.fault = OSError("no room")  # type: ignore[attr-defined]
    assert not any(fail(attempts, ADDRESS, "x") for _ in range(5))
    assert "failing requests are not counted at the moment: no room" in caplog.text
