"""The audit trail: entries that are only ever added, each sealed with the one before it (rule R26)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson

from optiid.clock import timestamp
from optiid.storage import many_rows, statements

if TYPE_CHECKING:
    from collections.abc import Sequence

    from optiid.storage.counters import Counter
    from optiid.storage.database import Database


PAGE = 5000


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


class Entry(NamedTuple):
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
    database: Database, organization: str, author: tuple[str, str], acts: Sequence[Act], counter: Counter
) -> Counter:
    """Add entries at the end of an organization's chain, under the next numbers of a counter; return it moved on.

    `author` is who acts, and the request it is done for.
    """
    head, now, rows = counter.head, timestamp(), []
    for number, act in enumerate(acts, counter.entry + 1):
        details = orjson.dumps(act.details, option=orjson.OPT_SORT_KEYS).decode()
        entry = Entry(number, now, *author, act.action, act.target, details, act.before, act.after)
        head = sealed(head, organization, entry)
        rows.append((organization, number, now, *author, act.action, act.target, details, act.before, act.after, head))
    many_rows.insert(database, statements.INSERT_AUDIT, rows)
    return counter._replace(entry=counter.entry + len(rows), head=head)


_COLUMNS = "sequence, created_at, author, request, action, target, details, before_digest, after_digest, hash"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which entries are looked for; an empty word does not narrow. `since` and `until` are instants, or begin one."""

    author: str = ""
    action: str = ""
    target: str = ""
    request: str = ""
    since: str = ""
    until: str = ""


def page(
    database: Database, organization: str, after: int, limit: int, wanted: Wanted = Wanted()
) -> list[tuple[Entry, str]]:
    """Return entries of an organization with their hashes, those that follow number `after`, in order."""
    words = {
        "author = ?": wanted.author,
        "action = ?": wanted.action,
        "target = ?": wanted.target,
        "request = ?": wanted.request,
        "created_at >= ?": wanted.since,
        "created_at < ?": wanted.until,
    }
    chosen = {text: value for text, value in words.items() if value}
    where = "".join(f" AND {text}" for text in chosen)
    sql = f"SELECT {_COLUMNS} FROM audit_entry WHERE organization = ? AND sequence > ?{where} ORDER BY sequence LIMIT ?"
    return [(Entry(*row[:-1]), row[-1]) for row in database.rows(sql, (organization, after, *chosen.values(), limit))]


def newest(database: Database, organization: str, limit: int, wanted: Wanted = Wanted()) -> list[tuple[Entry, str]]:
    """Return the last entries of an organization with their hashes, oldest first."""
    row = database.row("SELECT MAX(sequence) FROM audit_entry WHERE organization = ?", (organization,))
    if wanted == Wanted():
        return page(database, organization, max(0, ((row and row[0]) or 0) - limit), limit)
    found: list[tuple[Entry, str]] = []
    after = 0
    while part := page(database, organization, after, PAGE, wanted):
        found, after = (found + part)[-limit:], part[-1][0].sequence
    return found


def end(database: Database, organization: str) -> tuple[int, str]:
    """Return number and hash of the last entry, as the counter has them."""
    sql = "SELECT audit_sequence, audit_head FROM event_counter WHERE organization = ?"
    row = database.row(sql, (organization,))
    return (row[0], row[1]) if row else (0, "")
