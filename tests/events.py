"""Events as tests look at them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from optiid.storage import journal

if TYPE_CHECKING:
    from optiid.storage.database import Database

SET_UP = ("connection.", "token.")


def directory_events(database: Database, organization: str) -> list[dict[str, Any]]:
    """Return the events of an organization about its directory, in order, without those of a test's set-up.

    They are numbered as if there were no others; that the numbers of all have no gap is checked here.
    """
    found = database.reading(lambda: journal.page(database, organization, 0, 10_000))
    assert [event["sequence"] for event in found] == list(range(1, len(found) + 1))
    shown = [event for event in found if not event["kind"].startswith(SET_UP)]
    return [event | {"sequence": number} for number, event in enumerate(shown, 1)]
