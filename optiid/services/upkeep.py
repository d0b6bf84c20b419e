"""What has to be done from time to time, whoever asks for it: `optiid worker` does it every minute."""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING

from optiid.errors import OptiidError
from optiid.services import expiry_notices, granting, logbook, organizations
from optiid.services.api_keys import INSTALLATION
from optiid.services.counting import count_lists
from optiid.services.idempotency import forget_expired
from optiid.services.plans import drop_ended
from optiid.services.purging import purge_due
from optiid.storage.shards import on_behalf_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from optiid.settings import Settings
    from optiid.storage.database import Database

logger = logging.getLogger(__name__)


# What is done for an organization, by what is counted; each is safe to run in several processes at once.
TASKS: dict[str, Callable[[Database, str, Settings], int]] = {
    "purged users": lambda database, one, settings: purge_due(database, one, settings.tombstone_retention_days),
    "pruned logbook lines": logbook.prune,
    "dropped plans": lambda database, one, _: drop_ended(database, one),
    "swept access tokens": lambda database, one, _: granting.sweep(database, one),
    "notices of credentials that end": lambda database, one, _: expiry_notices.tell(database, one),
    "forgotten answers": lambda database, one, _: forget_expired(database, one),
    "counted lists": lambda database, one, _: count_lists(database, one),
}


def run(database: Database, settings: Settings) -> dict[str, int]:
    """Do all of it once and return the counts; what fails is logged and tried again the next time.

    An organization for which something fails keeps no other from it.
    """
    counts = dict.fromkeys(TASKS, 0)
    try:
        idents = [one.id for one in organizations.list_all(database)]
    except OptiidError as error:
        logger.warning("upkeep failed: %s", error)
        return counts
    for name, task in TASKS.items():
        for ident in idents:
            with on_behalf_of(database, ident):
                counts[name] += _done(f"{name}, organization {ident}", partial(task, database, ident, settings))
    counts["forgotten answers"] += _done("forgotten answers", partial(forget_expired, database, INSTALLATION))
    return counts


def _done(what: str, work: Callable[[], int]) -> int:
    try:
        return work()
    except OptiidError as error:
        logger.warning("upkeep (%s) failed: %s", what, error)
    except Exception as error:  # noqa: BLE001 - whatever it is; its text may hold what a row holds
        logger.error("upkeep (%s) failed: %s", what, type(error).__name__)  # noqa: TRY400 - likewise the traceback
    return 0
