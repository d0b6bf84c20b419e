"""Buckets of requests in a file that the processes of one machine map into their memory.

Nothing of it needs to outlive them: an empty file means full buckets. Instants are of the monotonic clock, which all
processes of a machine share; what an earlier start of the machine left is bounded by the depth of the bucket.
"""

from __future__ import annotations

import fcntl
import mmap
import os
import struct
import threading
import time
from contextlib import contextmanager
from hashlib import blake2b
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

# Whose bucket, and when it is full again.
_PLACE = struct.Struct("=16sd")
PLACES = 8192
# A bucket lies within so many places from where its name leads.
NEAR = 16
# Whoever holds the file needs microseconds. A process that was stopped amid them must not stop the others.
TRIES, PAUSE_SECONDS = 40, 0.0005


class MappedBuckets:
    """The buckets of a file; it is made when it is used first."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._begin()
        os.register_at_fork(after_in_child=self._begin)

    def _begin(self) -> None:
        self._guard = threading.Lock()
        self._file = -1
        self._places: mmap.mmap

    def take(self, organization: str, bucket: str, wanted: tuple[float, float]) -> bool:
        """Take a slice (cost, depth of the bucket) as a whole, or nothing, and say which. Raises OSError."""
        name = blake2b(f"{organization}/{bucket}".encode(), digest_size=16).digest()
        with self._guard, self._held():
            now, (cost, depth) = time.monotonic(), wanted
            place, full_at = self._find(name, now)
            full_at = min(max(full_at, now), now + depth)
            given = full_at + cost <= now + depth
            _PLACE.pack_into(self._places, place, name, full_at + cost if given else full_at)
        return given

    def _find(self, name: bytes, now: float) -> tuple[int, float]:
        """Return the place of a bucket; one that is not there takes the place of the one that is full soonest."""
        first = int.from_bytes(name[:4], "big")
        soonest = (0, float("inf"))
        for step in range(NEAR):
            place = (first + step) % PLACES * _PLACE.size
            whose, full_at = _PLACE.unpack_from(self._places, place)
            if whose == name:
                return place, full_at
            if full_at < soonest[1]:
                soonest = place, full_at
        return soonest[0], now

    @contextmanager
    def _held(self) -> Iterator[None]:
        """Keep other processes out; the system lets them in again when this one is killed."""
        if self._file < 0:
            self._open()
        for _ in range(TRIES):
            try:
                fcntl.lockf(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                time.sleep(PAUSE_SECONDS)
        try:
            yield
        finally:
            fcntl.lockf(self._file, fcntl.LOCK_UN)

    def _open(self) -> None:
        file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            os.ftruncate(file, PLACES * _PLACE.size)
            self._places = mmap.mmap(file, PLACES * _PLACE.size)
        except OSError:
            os.close(file)
            raise
        self._file = file
