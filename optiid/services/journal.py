"""Tell of a change in its own transaction: events for products, audit entries for administrators."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optiid.storage import audit, counters, journal
from optiid.storage.resources import Scope

if TYPE_CHECKING:
    from collections.abc import Sequence

    from optiid.services.author import Author
    from optiid.storage.audit import Act
    from optiid.storage.database import Database
    from optiid.storage.journal import Event


def record(
    database: Database,
    author: Author,
    organization: str,
    *,
    events: Sequence[Event] = (),
    acts: Sequence[Act] = (),
    connection: str = "",
) -> None:
    """Store events and acts as the last act of the transaction of what they tell: it holds the organization's counter.

    `connection` is the one by which the change came. Raises NotFoundError when the organization was removed meanwhile,
    and ChangedMeanwhileError when the author's standing is not what it was.
    """
    if not events and not acts:
        return
    counter = counters.hold(database, organization, author.standing)
    if events:
        counter = journal.append(database, Scope(organization, connection), author.request_id, events, counter)
    if acts:
        counter = audit.append(database, organization, (author.by, author.request_id), acts, counter)
    counters.save(database, organization, counter)
