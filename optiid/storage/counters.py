"""The counter of an organization: the number of its newest event, and the end of its audit chain.

One row, locked from its first use to the commit: numbers have no gaps, and their order is the order of commits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from optiid.errors import NotFoundError
from optiid.storage import statements

if TYPE_CHECKING:
    from optiid.storage.database import Database


class Numbers(NamedTuple):
    """The first number for new events, the first for new audit entries, and the hash of the entry before that."""

    event: int
    entry: int
    head: str


def take(database: Database, organization: str, events: int, entries: int) -> Numbers:
    """Take so many numbers of each, late in a transaction: nobody else of the organization gets any until its end.

    Raises NotFoundError when the organization was removed meanwhile.
    """
    row = database.row(statements.NEXT_NUMBERS, (events, entries, organization))
    if row is None:
        raise NotFoundError("The organization has been removed")
    return Numbers(row[0] - events + 1, row[1] - entries + 1, row[2])
