"""Events of an organization, for whoever follows its directory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from optiid.storage import journal

if TYPE_CHECKING:
    from optiid.storage.database import Database


def events(database: Database, organization: str, after: int = 0, limit: int = 200) -> list[dict[str, Any]]:
    """Return events of an organization (by id), those that follow number `after`, in the order they happened."""
    return database.reading(lambda: journal.page(database, organization, after, limit))
