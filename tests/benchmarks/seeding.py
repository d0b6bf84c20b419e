"""Users by the import's own statements, many in one go: a million over HTTP would take most of an hour."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optiid.clock import new_id, timestamp
from optiid.scim.resource_types import USER
from optiid.services import counting
from optiid.storage import portable
from optiid.storage.resources import Stored
from tests.benchmarks.workloads import full_user

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from optiid.storage.database import Database
    from tests.benchmarks.workloads import Directory
    from tests.running import Connected

SLICE = 5000


def fill(
    database: Database, owner: Connected, known: Directory, amount: int, progress: Callable[[int, int], None]
) -> None:
    """Store users until there are so many, without events, audit entries or lines of the logbook."""
    while len(known.users) < amount:
        numbers = range(len(known.users), min(amount, len(known.users) + SLICE))
        users = [_user(owner, known.name(number)) for number in numbers]
        _store(database, users)
        known.users += [one.id for one in users]
        progress(len(known.users), amount)
    database.transaction(lambda: database.execute("ANALYZE"))
    counting.recount(database, owner.organization)


def _store(database: Database, users: Sequence[Stored]) -> None:
    new = [(portable.Portable(one, None), USER) for one in users]
    database.transaction(lambda: portable.insert(database, new))


def _user(owner: Connected, name: str) -> Stored:
    document = {key: value for key, value in full_user(name).items() if key != "schemas"}
    now = timestamp()
    return Stored(
        owner.organization, new_id(), USER.name, owner.connection, document, active=True, state="living", version=1,
        created_at=now, updated_at=now, name_key="", display="",
    )  # fmt: skip
