"""What has to be done from time to time, whoever asks for it: `optiid worker` does it every minute."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from optiid.errors import OptiidError
from optiid.services import logbook, organizations
from optiid.services.idempotency import forget_expired
from optiid.services.plans import drop_ended
from optiid.services.purging import purge_due

if TYPE_CHECKING:
    from collections.abc import Callable

    from optiid.settings import Settings
    from optiid.storage.database import Database

logger = logging.getLogger(__name__)


def _purge(database: Database, settings: Settings) -> int:
    found = organizations.list_all(database)
    return sum(purge_due(database, one.id, settings.tombstone_retention_days) for one in found)


def _prune(database: Database, settings: Settings) -> int:
    found = organizations.list_all(database)
    return sum(logbook.prune(database, one.id, settings) for one in found)


def _drop_plans(database: Database, _: Settings) -> int:
    return sum(drop_ended(database, one.id) for one in organizations.list_all(database))


# By what is counted; each is safe to run in several processes at once.
TASKS: dict[str, Callable[[Database, Settings], int]] = {
    "purged users": _purge,
    "pruned logbook lines": _prune,
    "dropped plans": _drop_plans,
    "forgotten answers": lambda database, _: forget_expired(database),
}


def run(database: Database, settings: Settings) -> dict[str, int]:
    """Do all of it once and return the counts; what fails is logged and tried again the next time."""
    counts = {}
    for name, task in TASKS.items():
        try:
            counts[name] = task(database, settings)
        except OptiidError as error:
            logger.warning("upkeep (%s) failed: %s", name, error)
    return counts
