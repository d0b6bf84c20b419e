"""The audit trail: entries that are only ever added, each sealed with the one before it (rule R26)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import orjson

from optiid.clock import timestamp
from optiid.storage import statements

if TYPE_CHECKING:
    from collections.abc import Sequence

    from optiid.storage.counters import Numbers
    from optiid.storage.database import Database


@dataclass(frozen=True, slots=True)
class Act:
    """What was done to what; `details` holds ids and names of attributes, never values.

    `before` and `after` are digests of what it was and what it became; empty where there was nothing.
    """

    action: str
    target: str
    details: dict[str, Any] = field(default_factory=dict)
    before: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry as it is stored; `details` is JSON text."""

    sequence: int
    created_at: str
    author: str
    request: str
    action: str
    target: str
    details: str
    before: str
    after: str


def sealed(previous: str, organization: str, entry: Entry) -> str:
    """Return the hash of an entry, which holds the hash of the entry before it (lower-case hex)."""
    said = [
        previous, organization, entry.sequence, entry.created_at, entry.author, entry.request, entry.action,
        entry.target, entry.details, entry.before, entry.after,
    ]  # fmt: skip
    return hashlib.sha256(orjson.dumps(said)).hexdigest()


def append(
    database: Database, organization: str, author: tuple[str, str], acts: Sequence[Act], numbers: Numbers
) -> None:
    """Add entries at the end of an organization's chain, under the numbers that `counters.take` gave.

    `author` is who acts, and the request it is done for.
    """
    head, now = numbers.head, timestamp()
    for number, act in enumerate(acts, numbers.entry):
        details = orjson.dumps(act.details, option=orjson.OPT_SORT_KEYS).decode()
        entry = Entry(number, now, *author, act.action, act.target, details, act.before, act.after)
        head = sealed(head, organization, entry)
        parameters = (
            organization, number, now, *author, act.action, act.target, details, act.before, act.after, head,
        )  # fmt: skip
        database.execute(statements.INSERT_AUDIT, parameters)
    database.execute(statements.SAVE_AUDIT_HEAD, (head, organization))
