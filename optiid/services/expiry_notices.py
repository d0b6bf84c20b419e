"""Who is told that a token or secret ends: the organization by an event, the operator by the log of the worker."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from optiid.clock import now, timestamp
from optiid.services import journal
from optiid.services.author import WORKER
from optiid.storage import clients, tenants
from optiid.storage.journal import Event

if TYPE_CHECKING:
    from collections.abc import Callable

    from optiid.storage.database import Database
    from optiid.storage.tenants import Record

logger = logging.getLogger(__name__)
# So many days before the end; what lives no longer than a stage begins with a later one.
STAGES = (1, 7, 30)
SOON = timedelta(days=STAGES[-1])


@dataclass(frozen=True, slots=True)
class Kind:
    """What ends: the event, whose id it bears, where it is found and noted, and what the log says."""

    event: str
    subject: str
    ending: Callable[[Database, str, str, str], list[Record]]
    note: Callable[[Database, str, str, int], bool]
    sentence: str


KINDS = (
    Kind("token.expiring", "id", tenants.ending_tokens, tenants.note_ending,
         "token %(id)s (%(prefix)s) of connection %(connection)s expires on %(day)s:"
         " optiid token rotate %(connection)s"),
    Kind("client.expiring", "client", clients.ending_secrets, clients.note_ending,
         "secret %(prefix)s of client %(client)s of connection %(connection)s expires on %(day)s:"
         " optiid client rotate %(client)s"),
)  # fmt: skip


def tell(database: Database, organization: str) -> int:
    """Tell of each working token and secret of an organization that reached a stage, once for each; return how many.

    The old ones of a rotation end because somebody wants it: of these nobody is told.
    """
    moment, told = now(), 0
    for kind in KINDS:
        ending = database.reading(
            lambda: kind.ending(database, organization, timestamp(moment), timestamp(moment + SOON)),  # noqa: B023 - called at once
        )
        told += sum(_told(database, organization, kind, one, moment) for one in ending)
    return told


def stage(created_at: str, expires_at: str, moment: datetime) -> int | None:
    """Return the stage that a token or secret has reached, None before the first one."""
    end = datetime.fromisoformat(expires_at)
    life = end - datetime.fromisoformat(created_at)
    return next((days for days in STAGES if end - moment <= timedelta(days=days) < life), None)


def _told(database: Database, organization: str, kind: Kind, ending: Record, moment: datetime) -> bool:
    days, seen = stage(ending["created_at"], ending["expires_at"], moment), ending["noticed_days"]
    if days is None or (seen is not None and seen <= days):
        return False

    def work() -> bool:
        if not kind.note(database, organization, ending["id"], days):
            return False
        payload = {"connection": ending["connection"], "expires_at": ending["expires_at"]}
        event = Event(kind.event, ending[kind.subject], payload)
        journal.record(database, WORKER, organization, events=[event], connection=ending["connection"])
        return True

    if not database.transaction(work):
        return False
    logger.warning(kind.sentence, ending | {"day": ending["expires_at"][:10]})
    return True
