"""Which hooks failed or were slow in a connection's requests, for the administrator who does not read logs."""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from optiid.clock import now, timestamp
from optiid.storage import hook_faults
from optiid.storage.resources import Scope

if TYPE_CHECKING:
    from collections.abc import Iterable

    from optiid.profiles.hook_faults import HookFault
    from optiid.services.connections import Connection
    from optiid.storage.database import Database

# A hook that fails at every request is written down once in so many seconds; what comes between is added then.
INTERVAL_SECONDS = 60.0
RECENT = timedelta(days=7)
logger = logging.getLogger(__name__)
_lock = threading.Lock()
# By connection, profile, hook and kind; each process for itself.
_written: dict[tuple[str, str, str, str], float] = {}
_unwritten: Counter[tuple[str, str, str, str]] = Counter()


@dataclass(frozen=True, slots=True)
class Trouble:
    """What a hook of a profile does wrong in requests of a connection; it happened `times` times or more."""

    profile: str
    hook: str
    kind: str
    reason: str
    times: int
    first_seen_at: str
    last_seen_at: str


def note(database: Database, scope: Scope, faults: Iterable[HookFault]) -> None:
    """Write down what went wrong in a request of a connection, now or with a later fault. Raises nothing."""
    due = [found for fault in faults if (found := _counted(scope, fault))]
    if not due:
        return

    def work() -> None:
        for fault, times in due:
            told = (fault.profile, fault.hook, fault.kind, fault.reason)
            hook_faults.add(database, scope, told, times, timestamp())

    try:
        database.transaction(work)
    except Exception as error:  # noqa: BLE001 - a note for people must not keep a request from its answer
        logger.warning("a fault of connection %s could not be noted (%s)", scope.connection, type(error).__name__)


def _counted(scope: Scope, fault: HookFault) -> tuple[HookFault, int] | None:
    """Return a fault with how often it is to be written now, or None when that has time."""
    key = (scope.connection, fault.profile, fault.hook, fault.kind)
    with _lock:
        _unwritten[key] += 1
        if time.monotonic() - _written.get(key, float("-inf")) < INTERVAL_SECONDS:
            return None
        _written[key] = time.monotonic()
        return fault, _unwritten.pop(key)


def recent(database: Database, connection: Connection) -> list[Trouble]:
    """Return what went wrong in the requests of a connection in the last days."""
    scope, since = Scope(connection.organization, connection.id), timestamp(now() - RECENT)
    names = Trouble.__dataclass_fields__
    rows = database.reading(lambda: hook_faults.seen_since(database, scope, since))
    return [Trouble(**{name: row[name] for name in names}) for row in rows]
