"""Groups of more members than an answer holds at once: read in pieces, of one moment of the database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optiid.services.reading import shown
from optiid.storage import memberships
from optiid.storage.snapshots import Moment

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from optiid.scim.projection import Projection
    from optiid.scim.rendering import Reference
    from optiid.storage.database import Database
    from optiid.storage.resources import Scope

PIECE = 1000
# The groups of a page of a list have no more members than these together, unless it is one group.
PAGE_MEMBERS = 100_000


class Held:
    """A moment of the database that answers are made from, until it is closed. Raises UnavailableError."""

    def __init__(self, database: Database, scope: Scope) -> None:
        self._database, self._scope = database, scope
        self._moment = Moment(database)
        self.reading, self.close = self._moment.reading, self._moment.close

    def members(self, group_id: str, projection: Projection) -> Iterator[list[Reference]]:
        """Yield all members of a group, some at a time."""
        pieces = memberships.in_pieces(self._database, self._scope, group_id, PIECE)
        while True:
            with self.reading():
                piece = next(pieces, None)
            if piece is None:
                return
            yield shown(piece, projection)


def fitting(database: Database, scope: Scope, idents: Sequence[str], groups: set[str]) -> int:
    """Return how many of a page of resources, from its beginning, have members in bounds: one of them always has.

    `groups` are those that are answered with members. No more rows are read than twice what fits.
    """
    room = PAGE_MEMBERS
    for position, ident in enumerate(idents):
        if ident in groups:
            room -= memberships.number_up_to(database, scope, ident, PAGE_MEMBERS)
        if room < 0:
            return max(1, position)
    return len(idents)
