"""Transactions that a database undid for the sake of others: which those are, and how long to wait before the next try.

They run again a few times, and then as long as they would wait for a lock. Engines that have such losses instead of
locks let, of twenty writers of one row, one get on at a time.
"""

from __future__ import annotations

import random

# Serialization failure and deadlock.
STATES = ("40001", "40P01")
PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.02, 0.2


def is_given_up(error: Exception) -> bool:
    """Return whether the database says that it has undone the transaction for the sake of another."""
    # peewee keeps the driver's error in `orig`.
    return getattr(getattr(error, "orig", None), "sqlstate", None) in STATES


def pause_after(attempt: int) -> float:
    """Return the seconds that give others time to get what they want: more each time, and not the same for two."""
    return min(PAUSE_SECONDS * attempt, LONGEST_PAUSE_SECONDS) * (0.5 + random.random())  # noqa: S311 - no secret
