"""Whose requests a connection's look like, for the administrator who chose another profile by mistake."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from optiid.clock import timestamp
from optiid.storage import recognitions
from optiid.storage.resources import Scope

if TYPE_CHECKING:
    from optiid.profiles.registry import ProfileRegistry
    from optiid.profiles.types import RequestFacts
    from optiid.services.connections import Connection
    from optiid.services.identify import Caller
    from optiid.storage.database import Database

# So many requests of a connection are looked at: the first may be an administrator's own, by hand.
LOOKS = 20
REASON_LIMIT = 300
# Habits are shared by several clients: a sign that is less sure says something of a connection without a profile of
# its own only.
SURE = 75
NEUTRAL = "standard"
logger = logging.getLogger(__name__)
# By connection: the revision that was looked at, and how often it still is; each process for itself.
_left: dict[str, tuple[int, int]] = {}


@dataclass(frozen=True, slots=True)
class Finding:
    """The profile that a connection's requests look like, why, and since when."""

    profile: str
    reason: str
    first_seen_at: str
    last_seen_at: str


def is_open(caller: Caller) -> bool:
    """Say whether a request of this connection is still to be looked at, and count it."""
    revision, left = _left.get(caller.scope.connection, (caller.revision, LOOKS))
    if revision != caller.revision:
        left = LOOKS
    if left:
        _left[caller.scope.connection] = (caller.revision, left - 1)
    return left > 0


def compare(database: Database, registry: ProfileRegistry, caller: Caller, facts: RequestFacts) -> None:
    """Warn when a request looks like another profile's than its connection's, once, and note it for `doctor`."""
    seen = registry.recognise(facts)
    if seen is None or (seen[1].score < SURE and caller.profile not in (seen[0], NEUTRAL)):
        return
    _left[caller.scope.connection] = (caller.revision, 0)
    profile, recognition = seen
    if profile == caller.profile:
        return
    ident, reason = caller.scope.connection, recognition.reason[:REASON_LIMIT]
    logger.warning("connection %s (profile %s) looks like %s: %s", ident, caller.profile, profile, reason)
    try:
        database.transaction(lambda: recognitions.note(database, caller.scope, profile, reason, timestamp()))
    except Exception as error:  # noqa: BLE001 - a note for people must not keep a request from its answer
        logger.warning("what connection %s looks like could not be noted (%s)", ident, type(error).__name__)


def of_connection(database: Database, connection: Connection) -> Finding | None:
    """Return what a connection's requests look like, if that is not the profile it has."""
    scope = Scope(connection.organization, connection.id)
    found = database.reading(lambda: recognitions.find(database, scope))
    if found is None or found["profile"] == connection.profile:
        return None
    return Finding(found["profile"], found["reason"], found["first_seen_at"], found["last_seen_at"])
