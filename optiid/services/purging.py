"""The end of a deleted user's retention: the row goes for good, with all personal data (product.md, section 3)."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import orjson

from optiid.clock import now, timestamp
from optiid.errors import ConflictError
from optiid.services import hand_made, journal, organization_rules, restoring, role_events
from optiid.services.author import COMMAND_LINE, WORKER
from optiid.services.logbook import sweep
from optiid.storage import directory, idempotency, logbook, plans, request_log, roles, sweeps, tombstones
from optiid.storage.audit import Act
from optiid.storage.journal import Event

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optiid.services.author import Author
    from optiid.storage.database import Database
    from optiid.storage.resources import Stored

# People per transaction: nobody waits long for it.
SLICE = 50
SHORTEST_VALUE = 3


def purge_due(database: Database, organization: str, retention_days: int, author: Author = WORKER) -> int:
    """Purge the users of an organization whose retention has ended, in slices; return how many.

    `retention_days` is the installation's; the organization's rules may say otherwise.
    """
    own = organization_rules.of_organization(database, organization).retention_days
    before = timestamp(now() - timedelta(days=retention_days if own is None else own))
    purged = 0
    while True:
        done = database.transaction(lambda: _purge_slice(database, organization, before, author))
        purged += len(done)
        _sweep(database, organization)
        if not done:
            return purged


def _purge_slice(database: Database, organization: str, before: str, author: Author) -> list[str]:
    return _purge(database, organization, tombstones.due(database, organization, before, SLICE), author)


def purge(database: Database, organization: str, id_or_name: str, *, author: Author = COMMAND_LINE) -> str:
    """Purge one user who is gone, before the retention has ended, and return the id.

    Raises NotFoundError, and ConflictError for somebody who is suspended: the directory still lists them.
    """

    def work() -> str:
        found = restoring.find_one(database, organization, id_or_name).stored
        done = _purge(database, organization, [found], author)
        if not done:
            raise ConflictError(f"User {found.id} is suspended and still listed: delete it at the source first")
        return done[0]

    ident = database.transaction(work)
    _sweep(database, organization)
    return ident


def erase(database: Database, organization: str, id_or_name: str, *, author: Author = COMMAND_LINE) -> str:
    """Purge one user, taken out of the directory first when they are in it and made by hand; return the id.

    Raises NotFoundError, and ConflictError for a user of a connection who is not gone: the identity provider would
    send them again.
    """
    living = database.reading(lambda: directory.find_living(database, organization, "User", id_or_name))
    if living is None:
        return purge(database, organization, id_or_name, author=author)
    hand_made.remove(database, organization, living.id, author=author)
    return purge(database, organization, living.id, author=author)


def _sweep(database: Database, organization: str) -> None:
    """Sweep other lines that tell of who was purged out of the logbook, also those that a crash had left there.

    Not in the transaction of the purge: it reads the whole logbook.
    """
    for one in database.reading(lambda: sweeps.pending(database, organization)):
        sweep(database, organization, one.texts, one.searched)
        database.transaction(partial(sweeps.done, database, one))


def _purge(database: Database, organization: str, found: list[Stored], author: Author) -> list[str]:
    """Purge people, note what is to be swept, and return their ids."""
    given = roles.grants_to(database, organization, [one.id for one in found]) if found else []
    purged = [one for one in found if tombstones.purge(database, organization, one.id)]
    gone = [one.id for one in purged]
    texts: list[str] = []
    searched: set[str] = set()
    for one in purged:
        idempotency.forget_resource(database, organization, one.id)
        forgotten = logbook.forget_person(database, organization, one.id, one.name_key)
        texts += [*telling_texts(one), *forgotten.names]
        searched.update(_values([one.document, *map(_read, forgotten.bodies)]))
    if gone:
        request_log.forget_person(database, organization, texts)
        request_log.forget_searches(database, organization, searched)
        sweeps.keep(database, organization, texts, searched)
        plans.forget(database, organization, gone)
        events, acts = role_events.revoked(one for one in given if one.subject in gone)
        events += [Event("user.purged", ident) for ident in gone]
        acts += [Act("user.purged", ident) for ident in gone]
        journal.record(database, author, organization, events=events, acts=acts)
    return gone


def telling_texts(stored: Stored) -> list[str]:
    """Return what a recorded request about a person holds at least one of."""
    emails = stored.document.get("emails", [])
    return [stored.id, stored.document["userName"], *(email["value"] for email in emails if email.get("value"))]


def _read(text: str) -> Any:
    """Return a body as it is kept; one that was cut tells nothing."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return None


def _values(value: Any) -> Iterator[str]:
    """Yield the texts in a JSON value that are long enough to be looked for."""
    if isinstance(value, str) and len(value) >= SHORTEST_VALUE:
        yield value
    elif isinstance(value, dict | list):
        for below in value.values() if isinstance(value, dict) else value:
            yield from _values(below)
