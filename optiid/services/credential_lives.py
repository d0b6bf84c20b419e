"""How long secrets live, and how long old ones work beside the new one: the same for tokens, keys and clients."""

from __future__ import annotations

from datetime import datetime, timedelta

from optiid.clock import timestamp
from optiid.errors import InvalidInputError

LONGEST_LIFE = timedelta(days=365)
# How long an administrator has, without another word, to hand the new secret to the identity provider.
OVERLAP = timedelta(hours=24)


def end_of_life(what: str, moment: datetime, expires_in: timedelta) -> str:
    """Return when a secret ends that begins at a moment. Raises InvalidInputError (rule R21)."""
    if not timedelta(0) < expires_in <= LONGEST_LIFE:
        raise InvalidInputError(f"A {what} lives at least a moment and at most 365 days (365d)")
    return timestamp(moment + expires_in)


def end_of_overlap(what: str, moment: datetime, overlap: timedelta) -> str:
    """Return when the secrets end that one of a moment replaces. Raises InvalidInputError."""
    if not timedelta(0) <= overlap <= LONGEST_LIFE:
        raise InvalidInputError(f"A {what} overlaps with the one after it for at most 365 days (365d)")
    return timestamp(moment + overlap)
