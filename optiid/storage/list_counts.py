"""How many resources each list of an organization has, so that a page of it need not count them.

A list is what one connection sees of one type. The counts stand beside the counter of the organization, which each
write holds at its end, and are good as long as whoever moved the counter on has stored them, too: an older version does
not. A write says what it changes (`note`), or that it does not know (`forget`); then they are counted anew (`count`).
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import orjson

from optiid.storage import statements

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from optiid.storage.database import Database
    from optiid.storage.resources import Scope

Result = TypeVar("Result")

# In the changes of a transaction: nobody knows how many.
_UNKNOWN = ""

_COUNT = """
SELECT r.connection, r.type, COUNT(*) FROM resource r
WHERE r.organization = ? AND r.removed_at IS NULL GROUP BY r.connection, r.type"""
_FORGET = "UPDATE event_counter SET list_counts = '' WHERE organization = ? AND list_counts <> ''"


class Changes(threading.local):
    """What the transaction of a thread changes of lists, by organization, until it is stored."""

    def __init__(self) -> None:
        self.pending: dict[str, dict[str, int]] = {}


class Listed(NamedTuple):
    """How many resources a list has, and the number of the change that made it so."""

    number: int
    since: int


NONE = Listed(0, 0)


def note(database: Database, organization: str, connection: str, kind: str, by: int) -> None:
    """Say within a transaction that a list has so many resources more."""
    changes = database.list_changes.pending.setdefault(organization, {})
    key = f"{connection} {kind}"
    changes[key] = changes.get(key, 0) + by


def forget(database: Database, organization: str) -> None:
    """Say within a transaction that the lists of an organization change in a way that is not counted."""
    database.list_changes.pending[organization] = {_UNKNOWN: 0}


def kept_up(database: Database, organization: str, text: str, number: int) -> str:
    """Return the counts as they are after this transaction, whose last number of the counter this is."""
    changes = database.list_changes.pending.pop(organization, None)
    if changes is None or not text:
        return text
    if _UNKNOWN in changes:
        return ""
    lists = orjson.loads(text)
    for key, by in changes.items():
        lists[key] = (lists.get(key, NONE)[0] + by, number)
        if not lists[key][0]:
            del lists[key]
    return as_text(lists)


def as_text(lists: Mapping[str, tuple[int, int]]) -> str:
    """Return counts as they are stored."""
    return orjson.dumps(lists, default=tuple).decode()


def keeping(database: Database, work: Callable[[], Result]) -> Result:
    """Return what the work of a transaction returns; what it changed without moving the counter on is forgotten."""
    pending = database.list_changes.pending
    pending.clear()
    result = work()
    for organization in sorted(pending):
        database.execute(_FORGET, (organization,))
    return result


def known(database: Database, organization: str) -> dict[str, Listed] | None:
    """Return what the lists of an organization have, by connection and type, or None when that must be counted."""
    row = database.row(statements.LIST_COUNTS, (organization,))
    if row is None or not row[0]:
        return None
    return {key: Listed(*listed) for key, listed in orjson.loads(row[0]).items()}


def of_list(database: Database, scope: Scope, kind: str) -> Listed | None:
    """Return what a list has, or None when it must be counted."""
    lists = known(database, scope.organization)
    return None if lists is None else lists.get(f"{scope.connection} {kind}", NONE)


def count(database: Database, organization: str, number: int) -> dict[str, Listed]:
    """Return what the lists of an organization have, counted; that is told to be as of a number of the counter."""
    rows = database.rows(_COUNT, (organization,))
    return {f"{connection} {kind}": Listed(amount, number) for connection, kind, amount in rows}
