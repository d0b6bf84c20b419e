"""Whether what is told of lists is what is there, after whatever the tests did."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optiid.services import counting, organizations

if TYPE_CHECKING:
    from collections.abc import Collection

    from optiid.storage.database import Database


def wrong_counts(database: Database, before: Collection[str] = ()) -> list[str]:
    """Return what is told wrongly of the lists of all organizations, but for those that were there before."""
    idents = [one.id for one in organizations.list_all(database) if one.id not in before]
    return [f"{ident}: {text}" for ident in idents for text in counting.faults(database, ident)]
