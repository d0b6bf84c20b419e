"""Who is told that a token ends, and when: the organization by an event, the operator by the log of the worker."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from optiid.clock import now, timestamp
from optiid.services import journal
from optiid.services.author import WORKER
from optiid.storage import tenants
from optiid.storage.journal import Event

if TYPE_CHECKING:
    from optiid.storage.database import Database
    from optiid.storage.tenants import Record

logger = logging.getLogger(__name__)
# So many days before the end; a token that lives no longer than a stage begins with a later one.
STAGES = (1, 7, 30)
SOON = timedelta(days=STAGES[-1])


def tell(database: Database, organization: str) -> int:
    """Tell of each working token of an organization that reached a stage, once for each, and return how many did.

    The old tokens of a rotation end because somebody wants it: of these nobody is told.
    """
    moment = now()
    ending = database.reading(
        lambda: tenants.ending_tokens(database, organization, timestamp(moment), timestamp(moment + SOON)),
    )
    return sum(_told(database, organization, token, moment) for token in ending)


def stage(created_at: str, expires_at: str, moment: datetime) -> int | None:
    """Return the stage that a token has reached, None before the first one."""
    end = datetime.fromisoformat(expires_at)
    life = end - datetime.fromisoformat(created_at)
    return next((days for days in STAGES if end - moment <= timedelta(days=days) < life), None)


def _told(database: Database, organization: str, token: Record, moment: datetime) -> bool:
    days, seen = stage(token["created_at"], token["expires_at"], moment), token["noticed_days"]
    if days is None or (seen is not None and seen <= days):
        return False

    def work() -> bool:
        if not tenants.note_ending(database, organization, token["id"], days):
            return False
        payload = {"connection": token["connection"], "expires_at": token["expires_at"]}
        event = Event("token.expiring", token["id"], payload)
        journal.record(database, WORKER, organization, events=[event], connection=token["connection"])
        return True

    if not database.transaction(work):
        return False
    logger.warning(
        "token %s (%s) of connection %s expires on %s: optiid token rotate %s",
        token["id"], token["prefix"], token["connection"], token["expires_at"][:10], token["connection"],
    )  # fmt: skip
    return True
