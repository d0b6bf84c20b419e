"""Buckets of requests that several processes fill and empty together: in one file on a machine, or in PostgreSQL.

A bucket is one number: the instant at which it is full again. Each request moves that on by its share of time; beyond
`depth` from now nothing more is given. A bucket that nobody uses is full, and need not be kept.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple, Protocol

from optiid.storage.dialects import SQLITE
from optiid.storage.mapped_buckets import MappedBuckets

if TYPE_CHECKING:
    from optiid.storage.database import Database

# The server's clock is the only one that all machines share. It can be put forward or back: what is fuller or emptier
# than a bucket can be counts as the end it lies beyond. Primary key of rate_bucket.
TAKE = """
INSERT INTO rate_bucket (organization, bucket, full_at)
VALUES (?, ?, EXTRACT(EPOCH FROM statement_timestamp())::float8 + ?::float8)
ON CONFLICT (organization, bucket) DO UPDATE SET full_at =
 LEAST(GREATEST(rate_bucket.full_at + ?::float8, excluded.full_at), excluded.full_at + ?::float8)
WHERE rate_bucket.full_at <= excluded.full_at + ?::float8 OR rate_bucket.full_at > excluded.full_at + ?::float8
RETURNING 1"""
# How far beyond the end full_at may lie before it must have been the clock.
_DOUBT_SECONDS = 2.0


class Slice(NamedTuple):
    """What is asked of a bucket: requests as the seconds in which they come back, and those that a full one holds."""

    cost: float
    depth: float


class Buckets(Protocol):
    """Buckets that processes share."""

    def take(self, organization: str, bucket: str, wanted: Slice) -> bool:
        """Take a slice as a whole, or nothing, and say which. Raises OSError and UnavailableError."""


class RowBuckets:
    """Buckets as rows of PostgreSQL: one statement without a transaction, so that no process holds a row for long."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def take(self, organization: str, bucket: str, wanted: Slice) -> bool:
        """Take a slice as a whole, or nothing, and say which. Raises UnavailableError."""
        cost, depth = wanted
        room = depth - cost  # `excluded` lies a slice beyond now, and a bucket without anything in it this much further
        values = (organization, bucket, cost, cost, room, room - cost, room + _DOUBT_SECONDS)
        return self._database.reading(lambda: self._database.row(TAKE, values)) is not None


def shared_buckets(database: Database) -> Buckets:
    """Return the buckets that all processes share which work on a database."""
    if database.dialect is SQLITE:
        return MappedBuckets(f"{database.engine.database}.limits")
    return RowBuckets(database)


@lru_cache(maxsize=16)
def machine_buckets(home: str) -> Buckets:
    """Return the buckets that the processes of a machine share which have a data folder, for what no database counts.

    One object for each folder: the locks of a file keep other processes out, not other objects of this one.
    """
    return MappedBuckets(f"{home}/optiid.limits")
