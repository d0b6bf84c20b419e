"""A worker's share of what all may take, and whose connections are counted."""

from __future__ import annotations

import resource
from typing import TYPE_CHECKING

import pytest

from optiid.serving_bounds import Addresses, Bounds, Limited, Proxies, allow_files
from tests.running import settings_in

if TYPE_CHECKING:
    from pathlib import Path

STRANGER = ("192.0.2.7", 5000)


def test_bounds_follow_the_settings(tmp_path: Path) -> None:
    bounds = Bounds.of(settings_in(tmp_path, workers=3, connections_per_address=10, requests_at_once=7))
    assert (bounds.connections, bounds.requests, bounds.arrival_seconds) == (3, 7, 10)
    assert bounds.largest_body == 32 * 1024 * 1024
    assert Bounds.of(settings_in(tmp_path, workers=3, connections_per_address=2)).connections == 1
    assert Bounds.of(settings_in(tmp_path, trusted_proxies="10.0.0.0/8")).trusted == ("10.0.0.0/8",)


def test_address_has_room_until_it_is_full() -> None:
    addresses = Addresses(Bounds(connections=2))
    assert [addresses.enter(STRANGER) for _ in range(3)] == [True, True, False]
    assert addresses.enter(("192.0.2.8", 1))
    for _ in range(2):
        addresses.leave(STRANGER)
    assert addresses.enter(STRANGER)
    assert not addresses.enter(STRANGER)


@pytest.mark.parametrize("peer", [("10.1.2.3", 1), ("::ffff:10.1.2.3", 1, 0, 0), ("fe80::1%eth0", 1, 0, 2), ""])
def test_trusted_proxies_stand_for_many(peer: object) -> None:
    addresses = Addresses(Bounds(connections=1, trusted=("10.0.0.0/8", "fe80::/10")))
    assert all(addresses.enter(peer) for _ in range(9))
    addresses.leave(peer)
    assert addresses.enter(STRANGER)


def test_who_went_beyond_a_limit_is_known_for_a_moment() -> None:
    instants = iter((10.0, 10.01, 10.06))
    limited = Limited(lambda: next(instants))
    limited.note(b"Bearer x")
    assert limited.has(b"Bearer x")
    assert not limited.has(b"Bearer y")
    assert [limited.has(b"Bearer x") for _ in range(2)] == [False, False]


def test_open_files_are_only_raised() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    allow_files(1)
    assert resource.getrlimit(resource.RLIMIT_NOFILE) == (soft, hard)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (256, hard))
        allow_files(300)
        assert resource.getrlimit(resource.RLIMIT_NOFILE) == (300, hard)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("203.0.113.1", "", "203.0.113.1"),
        ("203.0.113.1", "10.0.0.9", "203.0.113.1"),  # whoever is not trusted may write what it likes
        ("127.0.0.1", "", "127.0.0.1"),
        ("127.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("127.0.0.1", "198.51.100.1, 203.0.113.9", "203.0.113.9"),
        ("127.0.0.1", "198.51.100.1, 203.0.113.9, 10.1.2.3", "203.0.113.9"),
        ("::ffff:10.0.0.1", "203.0.113.9:4711", "203.0.113.9"),
        ("", "[2001:db8::1]:80", "2001:db8::1"),
        ("127.0.0.1", "198.51.100.1, unknown", "127.0.0.1"),
        ("127.0.0.1", "203.0.113.9,", "127.0.0.1"),
    ],
)
def test_the_client_is_the_nearest_that_is_no_trusted_proxy(peer: str, forwarded: str, client: str) -> None:
    assert Proxies(("127.0.0.1", "::1", "10.0.0.0/8")).client(peer, forwarded) == client
