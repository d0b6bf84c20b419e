"""How much a worker takes on: connections of an address, requests at once, and the time a request has to arrive."""

from __future__ import annotations

import resource
import time
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from optiid.settings import Settings

LOOPBACK = ("127.0.0.1", "::1")
# Shorter than a slice of a limit takes to come in (services/rate_limits.py): what is refused meanwhile is not lost.
LIMITED_SECONDS = 0.05
MOST_LIMITED = 1000


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


class Proxies:
    """The addresses and networks of proxies in front, whose word about who asks counts."""

    def __init__(self, trusted: tuple[str, ...] | None) -> None:
        self._networks = [ip_network(one, strict=False) for one in (LOOPBACK if trusted is None else trusted)]
        self.trusts = lru_cache(1024)(self._find)

    def client(self, peer: str, forwarded: str) -> str:
        """Return the address of a client: the nearest one in front of which there is no trusted proxy.

        `forwarded` is X-Forwarded-For; whoever is not trusted may have written what stands before its own address.
        """
        address, hops = peer, [_plain(hop) for hop in forwarded.split(",")] if forwarded else []
        while hops and self.trusts(address) and (hop := hops.pop()):
            address = hop
        return address

    def _find(self, address: str) -> bool:
        if not address:
            return True
        found = ip_address(address)
        plain = getattr(found, "ipv4_mapped", None) or found
        return any(plain in network for network in self._networks)


class Addresses:
    """How many connections each address has open; those of trusted proxies, which stand for many, are not counted."""

    def __init__(self, bounds: Bounds) -> None:
        self._most = bounds.connections
        self._proxies = Proxies(bounds.trusted)
        self._open: Counter[str] = Counter()

    def enter(self, peer: Any) -> bool:
        """Count a connection; return whether its address had room for it."""
        address = _address(peer)
        if self._proxies.trusts(address):
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


class Limited:
    """Credentials that went beyond a limit a moment ago: what they send now is refused without a thread for it."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._until: dict[bytes, float] = {}

    def note(self, credential: bytes) -> None:
        """Note that a request with this credential was answered 429."""
        if len(self._until) >= MOST_LIMITED:
            self._until.clear()
        self._until[credential] = self._clock() + LIMITED_SECONDS

    def has(self, credential: bytes) -> bool:
        """Say whether that was a moment ago."""
        until = self._until.get(credential)
        if until is None:
            return False
        if self._clock() < until:
            return True
        self._until.pop(credential, None)
        return False


def allow_files(number: int) -> None:
    """Let this process open so many files, if it may not yet and the system lets it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if 0 <= soft < number:  # an endless limit is negative
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(number, hard) if hard >= 0 else number, hard))


def _plain(hop: str) -> str:
    """Return the address of a hop without the port that some proxies write; "" for what is none."""
    text = hop.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        return str(ip_address(text))
    except ValueError:
        return ""


def _address(peer: Any) -> str:
    """Return the address of a peer; "" for one on a local socket, which has none."""
    return str(peer[0]).partition("%")[0] if isinstance(peer, tuple) else ""
