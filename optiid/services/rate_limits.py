"""How many requests a connection and its organization may send (rule R15); docs/rate-limits.md tells what for.

A process takes slices of the requests that all processes share, and goes by a slice for a second: only the first
request of each slice pays for the sharing. A small part of the limit is each process's own, so that quiet connections
share nothing at all.
"""

from __future__ import annotations

import logging
import math
import threading
import time
from typing import TYPE_CHECKING, NamedTuple

from optiid.errors import TooManyRequestsError, UnavailableError
from optiid.storage.rate_buckets import Slice, machine_buckets, shared_buckets

if TYPE_CHECKING:
    from collections.abc import Callable

    from optiid.profiles.types import RateLimit
    from optiid.settings import Settings
    from optiid.storage.database import Database
    from optiid.storage.rate_buckets import Buckets
    from optiid.storage.resources import Scope

logger = logging.getLogger(__name__)

# All workers of a machine may have this part of the limit without telling: four machines stay within 1.1 times it.
OWN_PART = 50
# A slice is this part of what comes in a second, and of the burst.
SLICE_PART = 10
# What is left of a slice after that is nobody's: it ends with a worker that is killed, or falls silent.
SLICE_SECONDS = 1.0
TELL_SECONDS = 60.0
# No bucket is to lose its last request to rounding.
ROUNDING_SECONDS = 1e-6
MOST_COUNTED = 10_000
WHOLE_ORGANIZATION = ""


class Measure(NamedTuple):
    """A limit in the terms of a bucket: requests a second, and how many at once."""

    rate: float
    burst: float

    def slice(self, requests: float) -> Slice:
        """Return so many requests as a slice of a bucket of this measure."""
        return Slice(requests / self.rate, self.burst / self.rate + ROUNDING_SECONDS)

    def part(self, divisor: float) -> Measure:
        """Return a part of it."""
        return Measure(self.rate / divisor, self.burst / divisor)


class Share:
    """What one process counts of one bucket."""

    __slots__ = ("full_at", "guard", "left", "left_until", "none_until", "refused", "told_at")

    def __init__(self) -> None:
        self.guard = threading.Lock()
        self.full_at = 0.0  # of what is this process's own
        self.left, self.left_until, self.none_until = 0, 0.0, 0.0
        self.refused, self.told_at = 0, -TELL_SECONDS

    def take_own(self, measure: Measure, now: float) -> float:
        """Take one of the process's own requests; return 0, or in how many seconds there will be one."""
        cost, depth = measure.slice(1)
        full_at = max(self.full_at, now) + cost
        if full_at > now + depth:
            return full_at - now - depth
        self.full_at = full_at
        return 0.0

    def take_left(self, now: float) -> bool:
        """Take a request of the slice."""
        if not self.left or now >= self.left_until:
            return False
        self.left -= 1
        return True

    def take_slice(self, measure: Measure, now: float, take: Callable[[Slice], bool]) -> float:
        """Take a request of a new slice; return 0, or in how many seconds there may be one."""
        if now < self.none_until:
            return self.none_until - now
        size = max(1, int(min(measure.rate, measure.burst) / SLICE_PART))
        wanted = measure.slice(size)
        if not take(wanted):
            self.none_until = now + wanted.cost
            return wanted.cost
        self.left, self.left_until = size - 1, now + SLICE_SECONDS
        return 0.0


class RateLimits:
    """The limits of a process: of connections, organizations and keys, shared with others.

    `machine` are buckets for keys of the whole installation, which are no organization's.
    """

    def __init__(
        self, settings: Settings, buckets: Buckets, machine: Buckets, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._enabled, self._workers = settings.rate_limit_enabled, settings.workers
        self._organization = Measure(settings.organization_requests, settings.organization_burst)
        self._key = Measure(settings.key_requests, settings.key_burst)
        self._buckets, self._machine, self._clock = buckets, machine, clock
        self._shares: dict[str, Share] = {}

    @classmethod
    def of(cls, settings: Settings, database: Database) -> RateLimits:
        """Return the limits that the processes of a database share."""
        return cls(settings, shared_buckets(database), machine_buckets(settings.home))

    def take(self, scope: Scope, limit: RateLimit) -> None:
        """Count a request of a connection and of its organization. Raises TooManyRequestsError."""
        if not self._enabled:
            return
        measure = Measure(limit.requests / limit.seconds, limit.burst)
        self._take(scope.organization, scope.connection, measure, "This connection")
        self._take(scope.organization, WHOLE_ORGANIZATION, self._organization, "This organization")

    def take_for_key(self, organization: str, key: str) -> None:
        """Count a request that bears a key of the admin API, by its id. Raises TooManyRequestsError."""
        if self._enabled:
            self._take(organization, key, self._key, "This key")

    def _take(self, organization: str, bucket: str, measure: Measure, what: str) -> None:
        now, share = self._clock(), self._share(bucket or organization)
        buckets = self._buckets if organization else self._machine
        with share.guard:
            if share.take_left(now) or not share.take_own(measure.part(OWN_PART * self._workers), now):
                return
            try:
                wait = share.take_slice(measure, now, lambda wanted: buckets.take(organization, bucket, wanted))
            except (OSError, UnavailableError) as error:
                # A fault of the counter is no reason to refuse anybody: each process goes by itself meanwhile.
                logger.warning("rate limits are not shared at the moment: %s", error)
                share.left, share.left_until = int(measure.rate), now + SLICE_SECONDS
                return
        if wait:
            self._refuse(share, what, bucket or organization, measure, wait)

    def _share(self, name: str) -> Share:
        share = self._shares.get(name)
        if share is None:
            if len(self._shares) >= MOST_COUNTED:
                self._shares.clear()  # whoever is counted anew has a process's own part once more, and that is little
            share = self._shares[name] = Share()
        return share

    def _refuse(self, share: Share, what: str, named: str, measure: Measure, wait: float) -> None:
        share.refused += 1
        now = self._clock()
        if now - share.told_at >= TELL_SECONDS:
            kind = what.removeprefix("This ")
            logger.warning("rate limit: %s %s was refused %d times", kind, named, share.refused)
            share.told_at, share.refused = now, 0
        seconds = math.ceil(wait)
        raise TooManyRequestsError(
            f"{what} may send {measure.rate:g} requests a second, and {measure.burst:g} at once: send it again after"
            f" {seconds} second{'s' if seconds > 1 else ''}",
            seconds,
        )
