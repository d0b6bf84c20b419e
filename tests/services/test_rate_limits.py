"""Limits of connections, organizations and keys, by a clock that the tests hold; whatever is shared is exact here."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from optiid.errors import TooManyRequestsError, UnavailableError
from optiid.profiles.types import RateLimit
from optiid.services.rate_limits import SLICE_SECONDS, RateLimits
from optiid.storage.resources import Scope
from tests.running import settings_in

if TYPE_CHECKING:
    from collections.abc import Callable

    from optiid.storage.rate_buckets import Slice

USUAL = RateLimit(requests=200, seconds=1, burst=1000)
ACME = Scope("acme", "scim")


class Clock:
    """A clock that stands still."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class OneBucketEach:
    """What a machine or a database holds, by the tests' clock."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._full_at: dict[tuple[str, str], float] = {}
        self.asked = 0
        self.fault: Exception | None = None

    def take(self, organization: str, bucket: str, wanted: Slice) -> bool:
        self.asked += 1
        if self.fault:
            raise self.fault
        now = self._clock()
        full_at = max(self._full_at.get((organization, bucket), now), now) + wanted.cost
        if full_at > now + wanted.depth + 1e-6:
            return False
        self._full_at[organization, bucket] = full_at
        return True


class Machines:
    """Worker processes that share buckets."""

    def __init__(self, workers: int, machines: int = 1, **settings: Any) -> None:
        self.clock = Clock()
        self.buckets, self.machine = OneBucketEach(self.clock), OneBucketEach(self.clock)
        made = settings_in(Path("unused"), **{"rate_limit_enabled": True, "workers": workers} | settings)
        self.workers = [RateLimits(made, self.buckets, self.machine, self.clock) for _ in range(workers * machines)]

    def send(self, seconds: float, rate: float, scopes: list[Scope] | None = None, limit: RateLimit = USUAL) -> int:
        """Send evenly to all workers in turn, and return how many requests passed."""
        passed, number = 0, int(seconds * rate)
        for turn in range(number):
            self.clock.now += 1 / rate
            worker = self.workers[turn % len(self.workers)]
            passed += passes(lambda: worker.take((scopes or [ACME])[turn % len(scopes or [ACME])], limit))  # noqa: B023 - called at once
        return passed


def passes(work: Callable[[], None]) -> bool:
    try:
        work()
    except TooManyRequestsError as error:
        assert error.retry_after >= 1
        return False
    return True


@pytest.mark.parametrize(("workers", "machines"), [(1, 1), (2, 1), (6, 1), (2, 2), (6, 4)])
def test_workers_and_machines_together_keep_to_the_limit(workers: int, machines: int) -> None:
    all_of_them = Machines(workers, machines)
    first = all_of_them.send(5, 1000)
    assert 0.9 * 2000 <= first <= 1.1 * 2000
    later = all_of_them.send(10, 1000)
    assert 0.8 * 2000 <= later <= 1.1 * 2000


def test_uneven_load_gets_the_limit_too() -> None:
    both = Machines(2)
    both.workers = [both.workers[0]] * 9 + [both.workers[1]]
    both.send(5, 1000)
    assert 0.8 * 2000 <= both.send(10, 1000) <= 1.1 * 2000


def test_what_identity_providers_send_never_meets_it() -> None:
    """25 requests a second for a minute (goal G8), a thousand at once, and a full import at 180 a second."""
    assert Machines(2).send(60, 25) == 1500
    assert Machines(2).send(1, 1000) == 1000
    assert Machines(2).send(60, 180) == 10_800


def test_quiet_connections_share_nothing_and_busy_ones_seldom() -> None:
    quiet = Machines(2)
    assert (quiet.send(120, 4), quiet.buckets.asked) == (480, 0)
    busy = Machines(2)
    passed = busy.send(10, 150)
    assert busy.buckets.asked < 2 * passed / 10
    refusing = Machines(2)
    refusing.send(5, 1000)
    refusing.buckets.asked = 0
    refusing.send(10, 2000)
    assert refusing.buckets.asked < 10 * 60


def test_slice_of_a_worker_that_is_gone_ends() -> None:
    both = Machines(2)
    both.send(5, 1000)
    both.workers[0] = both.workers[1]  # killed amid a slice
    both.clock.now += SLICE_SECONDS
    assert 0.8 * 2000 <= both.send(10, 1000) - 200 * SLICE_SECONDS <= 1.1 * 2000


def test_refusal_says_how_much_and_when() -> None:
    slow, limit = Machines(1), RateLimit(requests=1, seconds=10, burst=1)
    slow.workers[0].take(ACME, limit)
    with pytest.raises(TooManyRequestsError, match=r"0\.1 requests a second, and 1 at once: send it again") as caught:
        slow.workers[0].take(ACME, limit)
    assert caught.value.retry_after == 10
    slow.clock.now += caught.value.retry_after
    slow.workers[0].take(ACME, limit)


def test_no_connection_takes_from_another_but_their_organization_has_a_ceiling() -> None:
    two, three = [Scope("acme", str(one)) for one in range(2)], [Scope("acme", str(one)) for one in range(3)]
    both = Machines(2)
    both.send(5, 2000, two)
    assert 0.8 * 4000 <= both.send(10, 2000, two) <= 1.1 * 4000
    more = Machines(2)
    more.send(5, 3000, three)
    assert 0.8 * 4000 <= more.send(10, 3000, three) <= 1.1 * 4000
    assert more.send(1, 150, [Scope("globex", "scim")]) == 150


@pytest.mark.parametrize("fault", [OSError("full"), UnavailableError("away")])
def test_fault_of_the_counter_refuses_nobody(fault: Exception, caplog: pytest.LogCaptureFixture) -> None:
    both = Machines(2)
    both.buckets.fault = fault
    assert both.send(3, 150) == 450
    assert "rate limits are not shared at the moment" in caplog.text
    assert both.buckets.asked < 3 * 2 * 2 + 4


def test_refusals_are_counted_and_told_once_a_minute(caplog: pytest.LogCaptureFixture) -> None:
    one = Machines(1)
    one.send(30, 400)
    told = [record.getMessage() for record in caplog.records if "rate limit" in record.getMessage()]
    assert told == ["rate limit: connection scim was refused 1 times"]
    one.send(60, 400)
    told = [record.getMessage() for record in caplog.records if "rate limit" in record.getMessage()]
    assert len(told) == 2
    assert int(told[1].split()[-2]) > 1000


@pytest.mark.parametrize("organization", ["acme", ""])
def test_keys_have_limits_of_their_own_that_workers_share(organization: str) -> None:
    """Whoever meets one worker only may send as much as who meets all."""
    two = Machines(2, key_requests=10, key_burst=20)
    one, other = two.workers
    assert 18 <= sum(passes(lambda: one.take_for_key(organization, "k")) for _ in range(50)) <= 22
    assert sum(passes(lambda: other.take_for_key(organization, "k")) for _ in range(50)) <= 2
    assert passes(lambda: one.take_for_key(organization, "another"))
    two.clock.now += 1
    assert 8 <= sum(passes(lambda: other.take_for_key(organization, "k")) for _ in range(50)) <= 12
    assert bool(two.machine.asked) is (organization == "")


def test_it_can_be_switched_off() -> None:
    off = Machines(1, rate_limit_enabled=False, key_requests=1, key_burst=1)
    assert off.send(1, 5000) == 5000
    assert all(passes(lambda: off.workers[0].take_for_key("acme", "k")) for _ in range(10))
