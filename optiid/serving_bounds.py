"""How much a worker takes on: connections of an address, requests at once, and the time a request has to arrive."""

from __future__ import annotations

import resource
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from optiid.settings import Settings

LOOPBACK = ("127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class Bounds:
    """What the settings allow one worker."""

    arrival_seconds: float = 10.0
    requests: int = 64
    connections: int = 128
    largest_body: int = 16 * 1024 * 1024
    trusted: tuple[str, ...] = LOOPBACK

    @classmethod
    def of(cls, settings: Settings) -> Bounds:
        """Return a worker's share of what the settings allow all of them."""
        return cls(
            settings.arrival_seconds,
            settings.requests_at_once,
            max(1, settings.connections_per_address // settings.workers),
            max(settings.body_limit, settings.group_body_limit, settings.bulk_body_limit),
            LOOPBACK if settings.trusted_proxies is None else settings.trusted_proxies,
        )


class Addresses:
    """How many connections each address has open; those of trusted proxies, which stand for many, are not counted."""

    def __init__(self, bounds: Bounds) -> None:
        self._most = bounds.connections
        self._trusted = [ip_network(one, strict=False) for one in bounds.trusted]
        self._open: Counter[str] = Counter()
        self._is_trusted = lru_cache(1024)(self._find)

    def enter(self, peer: Any) -> bool:
        """Count a connection; return whether its address had room for it."""
        address = _address(peer)
        if self._is_trusted(address):
            return True
        self._open[address] += 1
        return self._open[address] <= self._most

    def leave(self, peer: Any) -> None:
        """Count a connection no more."""
        address = _address(peer)
        if self._open[address] > 1:
            self._open[address] -= 1
        else:
            del self._open[address]

    def _find(self, address: str) -> bool:
        if not address:
            return True
        found = ip_address(address)
        plain = getattr(found, "ipv4_mapped", None) or found
        return any(plain in network for network in self._trusted)


class Lane:
    """Threads for one kind of requests, and how many of these run or wait."""

    def __init__(self, threads: int, most: int) -> None:
        self.pool = ThreadPoolExecutor(threads)
        self._most = most
        self._taken = 0

    def enter(self) -> bool:
        """Count a request, unless there are as many as can be carried; return whether it was."""
        has_room = self._taken < self._most
        self._taken += has_room
        return has_room

    def leave(self) -> None:
        """Count a request no more."""
        self._taken -= 1


def allow_files(number: int) -> None:
    """Let this process open so many files, if it may not yet and the system lets it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if 0 <= soft < number:  # an endless limit is negative
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(number, hard) if hard >= 0 else number, hard))


def _address(peer: Any) -> str:
    """Return the address of a peer; "" for one on a local socket, which has none."""
    return str(peer[0]).partition("%")[0] if isinstance(peer, tuple) else ""
