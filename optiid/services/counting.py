"""Keep how many resources the lists of an organization have, and compare that with what is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optiid.services import organizations
from optiid.storage import counters, list_counts

if TYPE_CHECKING:
    from optiid.storage.database import Database


def count_lists(database: Database, organization: str) -> int:
    """Count the lists of an organization when nobody knows what they have; return how many were counted.

    Nobody else writes in the organization meanwhile: about a second for a million resources. Raises NotFoundError.
    """
    if database.reading(lambda: list_counts.known(database, organization)) is not None:
        return 0
    return recount(database, organization)


def recount(database: Database, organization: str) -> int:
    """Count the lists of an organization whatever is known of them; return how many there are. Raises NotFoundError."""

    def work() -> int:
        # The counter first: whoever has written before has committed by then, and nobody else does until the end.
        counter = counters.hold(database, organization)
        lists = list_counts.count(database, organization, counter.event + counter.entry)
        counters.save(database, organization, counter._replace(lists=list_counts.as_text(lists)))
        return len(lists)

    return database.transaction(work)


def recount_all(database: Database) -> int:
    """Count the lists of all organizations, one after the other; return how many there are."""
    return sum(recount(database, one.id) for one in organizations.list_all(database))


def faults(database: Database, organization: str) -> list[str]:
    """Return which lists have another number of resources than is told of them."""

    def work() -> list[str]:
        known = list_counts.known(database, organization)
        if known is None:
            return []
        there = list_counts.count(database, organization, 0)
        found = []
        for key in sorted(known.keys() | there.keys()):
            told, number = (lists.get(key, list_counts.NONE).number for lists in (known, there))
            if told != number:
                connection, kind = key.split(" ", 1)
                found.append(f"the list {kind} of connection {connection} is told to have {told}, and has {number}")
        return found

    return database.reading(work)
