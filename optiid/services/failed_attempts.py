"""Addresses from which request after request comes without a token that may come in (docs/rate-limits.md).

What is thwarted is noise and guessing, never a genuine token: identity providers share addresses. So nothing here is
asked before a token was looked up, but for one that was refused within the last minute already.
"""

from __future__ import annotations

import logging
import math
import threading
import time
from collections import OrderedDict
from ipaddress import IPv6Address, ip_address, ip_network
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from optiid.credentials import digest
from optiid.errors import TooManyRequestsError
from optiid.storage.rate_buckets import Slice, machine_buckets

if TYPE_CHECKING:
    from collections.abc import Callable

    from optiid.settings import Settings
    from optiid.storage.rate_buckets import Buckets

Value = TypeVar("Value")

logger = logging.getLogger(__name__)

WINDOW_SECONDS = 60.0
MOST_ADDRESSES = 4096
MOST_REFUSED = 8192
# Whoever has one address of IPv6 has this network of them.
NETWORK_BITS = 64
# No bucket is to lose its last failure to rounding.
ROUNDING_SECONDS = 1e-6


class Refusing(NamedTuple):
    """What one process refused to an address: since when, how often, and until when it asks nobody about it."""

    since: float
    number: int
    until: float


class FailedAttempts:
    """Failures of each address, counted by all processes of a machine, and the digests that this one refused."""

    def __init__(self, most: int, buckets: Buckets, clock: Callable[[], float] = time.monotonic) -> None:
        self._most, self._buckets, self._clock = most, buckets, clock
        self._one = Slice(WINDOW_SECONDS / most, WINDOW_SECONDS + ROUNDING_SECONDS)
        self._guard = threading.Lock()
        self._refusing: OrderedDict[str, Refusing] = OrderedDict()
        self._refused: OrderedDict[str, float] = OrderedDict()  # until when it is known

    @classmethod
    def of(cls, settings: Settings) -> FailedAttempts:
        """Return what the processes of a machine count together."""
        return cls(settings.failures_per_address, machine_buckets(settings.home))

    @property
    def any(self) -> bool:
        """Whether anybody was refused at all."""
        return bool(self._refusing)

    def check(self, address: str, header: str | None) -> None:
        """Refuse what an address that failed too often sends once more. Raises TooManyRequestsError."""
        now, place = self._clock(), _place(address)
        found = self._refusing.get(place)
        if found is not None and now < found.until and now < self._refused.get(digest(header or ""), 0.0):
            self._refuse(place, now, found.until)

    def failed(self, address: str, header: str | None) -> None:
        """Count a failure. Raises TooManyRequestsError in place of it when there were too many within a minute.

        Without an address, as behind a proxy that tells none, nothing is counted.
        """
        if not address:
            return
        now, place = self._clock(), _place(address)
        with self._guard:
            _keep(self._refused, digest(header or ""), now + WINDOW_SECONDS, MOST_REFUSED)
        if not self._take(place):
            self._refuse(place, now, now + self._one.cost)

    def _take(self, place: str) -> bool:
        try:
            return self._buckets.take("", place, self._one)
        except OSError as error:
            # A fault of the counter is no reason to refuse anybody.
            logger.warning("failing requests are not counted at the moment: %s", error)
            return True

    def _refuse(self, place: str, now: float, until: float) -> None:
        with self._guard:
            since, number, _ = self._refusing.get(place, (now, 0, 0.0))
            if now >= since + WINDOW_SECONDS:
                logger.warning("%d requests from %s were answered 429", number, place)
                since, number = now, 0
            _keep(self._refusing, place, Refusing(since, number + 1, until), MOST_ADDRESSES)
        if number == 0:
            logger.warning(
                "%d requests from %s within a minute had no usable token: more are answered 429", self._most, place
            )
        raise TooManyRequestsError(
            "Too many requests from this address had no usable token. One that may come in is taken all the while: copy"
            " it into the client, or wait a minute",
            max(1, math.ceil(until - now)),
        )


def _keep(known: OrderedDict[str, Value], key: str, value: Value, most: int) -> None:
    known[key] = value
    known.move_to_end(key)
    if len(known) > most:
        known.popitem(last=False)


def _place(address: str) -> str:
    """Return an address, or its network where everybody has a whole one."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    if isinstance(found, IPv6Address) and found.ipv4_mapped is None:
        return str(ip_network((found, NETWORK_BITS), strict=False))
    return str(found)
