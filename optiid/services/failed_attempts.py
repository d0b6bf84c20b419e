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
from typing import TYPE_CHECKING, TypeVar

from optiid.credentials import digest
from optiid.errors import TooManyRequestsError

if TYPE_CHECKING:
    from collections.abc import Callable

Value = TypeVar("Value")

logger = logging.getLogger(__name__)

WINDOW_SECONDS = 60.0
MOST_ADDRESSES = 4096
MOST_REFUSED = 8192
# Whoever has one address of IPv6 has this network of them.
NETWORK_BITS = 64


class FailedAttempts:
    """What one process remembers: failures of each address within a minute, and the digests that were refused."""

    def __init__(self, most: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._most, self._clock = most, clock
        self._guard = threading.Lock()
        self._counted: OrderedDict[str, tuple[float, int]] = OrderedDict()  # since when, how many
        self._refused: OrderedDict[str, float] = OrderedDict()  # until when it is known

    @property
    def any(self) -> bool:
        """Whether anything failed at all lately."""
        return bool(self._counted)

    def check(self, address: str, header: str | None) -> None:
        """Refuse what an address that failed too often sends once more. Raises TooManyRequestsError."""
        now = self._clock()
        since, number = self._counted.get(_place(address), (now, 0))
        if number >= self._most and now < since + WINDOW_SECONDS and now < self._refused.get(digest(header or ""), 0.0):
            self._note(_place(address), now)
            raise _too_many(since + WINDOW_SECONDS - now)

    def failed(self, address: str, header: str | None) -> None:
        """Count a failure. Raises TooManyRequestsError in place of it when there were too many within a minute.

        Without an address, as behind a proxy that tells none, nothing is counted.
        """
        if not address:
            return
        now = self._clock()
        since, number = self._note(_place(address), now)
        with self._guard:
            _keep(self._refused, digest(header or ""), now + WINDOW_SECONDS, MOST_REFUSED)
        if number == self._most:
            logger.warning(
                "%d requests from %s within a minute had no usable token: more are answered 429", number, address
            )
        if number > self._most:
            raise _too_many(since + WINDOW_SECONDS - now)

    def _note(self, place: str, now: float) -> tuple[float, int]:
        with self._guard:
            since, number = self._counted.get(place, (now, 0))
            if now >= since + WINDOW_SECONDS:
                if number > self._most:
                    logger.warning("%d requests from %s were answered 429", number - self._most, place)
                since, number = now, 0
            found = since, number + 1
            _keep(self._counted, place, found, MOST_ADDRESSES)
        return found


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


def _too_many(seconds: float) -> TooManyRequestsError:
    return TooManyRequestsError(
        "Too many requests from this address had no usable token. One that may come in is taken all the while: copy it"
        " into the client, or wait a minute",
        max(1, math.ceil(seconds)),
    )
