"""The counter of an organization: the number of its newest event, the end of its audit chain, and what its lists have.

One row, locked from its first use to the commit: numbers have no gaps, and their order is the order of commits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from optiid.errors import ChangedMeanwhileError, NotFoundError
from optiid.storage import list_counts, statements

if TYPE_CHECKING:
    from optiid.storage.database import Database


class Counter(NamedTuple):
    """The numbers of the newest event and of the newest audit entry, and the hash of that entry.

    `lists` is how many resources the lists have (`list_counts.py`), empty when that is not known.
    """

    event: int
    entry: int
    head: str
    lists: str = ""


def hold(database: Database, organization: str, standing: tuple[str, int, int] | None = None) -> Counter:
    """Return the counter, late in a transaction: nobody else of the organization gets a number until its end.

    `standing` is the id of the token by which the write came, and the revisions of its connection and of the schemas
    that it went by. Raises ChangedMeanwhileError when one is not so any more, and NotFoundError when the organization
    was removed meanwhile.
    """
    if standing is None:
        row = database.row(database.dialect.fixed(statements.HOLD_COUNTER), (organization,))
    else:
        row = database.row(database.dialect.fixed(statements.HOLD_COUNTER_STANDING), (organization, *standing))
    if row is None and standing is not None:
        raise ChangedMeanwhileError("The connection or its token was changed at the same moment; try again")
    if row is None:
        raise NotFoundError("The organization has been removed")
    return Counter(*row)


def save(database: Database, organization: str, counter: Counter) -> None:
    """Store the counter that `hold` gave, moved on, with what the transaction changed of lists."""
    event, entry, head, lists = counter
    number = event + entry
    lists = list_counts.kept_up(database, organization, lists, number)
    database.execute(statements.SAVE_COUNTER, (event, entry, head, lists, number, organization))
