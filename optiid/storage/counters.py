"""The counter of an organization: the number of its newest event, and the end of its audit chain.

One row, locked from its first use to the commit: numbers have no gaps, and their order is the order of commits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from optiid.errors import NotFoundError
from optiid.storage import statements

if TYPE_CHECKING:
    from optiid.storage.database import Database


class Counter(NamedTuple):
    """The numbers of the newest event and of the newest audit entry, and the hash of that entry."""

    event: int
    entry: int
    head: str


def hold(database: Database, organization: str) -> Counter:
    """Return the counter, late in a transaction: nobody else of the organization gets a number until its end.

    Raises NotFoundError when the organization was removed meanwhile.
    """
    row = database.row(database.dialect.fixed(statements.HOLD_COUNTER), (organization,))
    if row is None:
        raise NotFoundError("The organization has been removed")
    return Counter(*row)


def save(database: Database, organization: str, counter: Counter) -> None:
    """Store the counter that `hold` gave, moved on."""
    database.execute(statements.SAVE_COUNTER, (*counter, organization))
