"""What a plan would change: its rows beside those of the directory, in pages that begin after a key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from optiid.storage.resources import Stored, read_row
from optiid.storage.statements import COLUMNS

if TYPE_CHECKING:
    from collections.abc import Collection

    from optiid.storage.database import Database
    from optiid.storage.plans import Plan

_PLANNED = COLUMNS.replace("r.", "p.")
# Every write moves the version, but for a deletion. Who was made and deleted within the plan never was.
_DIFFERS = """
(r.id IS NULL AND (p.removed_at IS NULL OR p.state <> 'gone')
 OR r.version <> p.version OR (r.id IS NOT NULL AND r.removed_at IS NULL AND p.removed_at IS NOT NULL))"""
_BOTH = f"""
SELECT {_PLANNED}, p.removed_at, {COLUMNS}
FROM resource p LEFT JOIN resource r ON r.organization = ? AND r.id = p.id
WHERE p.organization = ?"""

# Primary keys of resource and membership, in all of these.
_CHANGED = f"{_BOTH} AND p.id > ? AND {_DIFFERS} ORDER BY p.id LIMIT ?"
_CHANGED_AMONG = f"{_BOTH} AND p.id {{among}} AND {_DIFFERS} ORDER BY p.id"
_VANISHED = f"""
SELECT {COLUMNS} FROM resource r
WHERE r.organization = ? AND r.connection = ? AND r.removed_at IS NULL AND r.id > ?
 AND NOT EXISTS (SELECT 1 FROM resource p WHERE p.organization = ? AND p.id = r.id)
ORDER BY r.id LIMIT ?"""
_ADDED = """
SELECT m.group_id, m.member_id FROM membership m
JOIN resource u ON u.organization = m.organization AND u.id = m.member_id
WHERE m.organization = ? AND (m.group_id, m.member_id) > (?, ?)
 AND NOT EXISTS (SELECT 1 FROM membership n
                 WHERE n.organization = ? AND n.group_id = m.group_id AND n.member_id = m.member_id)
 AND (u.removed_at IS NULL OR EXISTS (SELECT 1 FROM resource r WHERE r.organization = ? AND r.id = u.id))
ORDER BY m.group_id, m.member_id LIMIT ?"""
# Neither with a group or member that ends, and takes its memberships along, nor with whom the plan never knew.
_REMOVED = """
SELECT m.group_id, m.member_id FROM membership m
JOIN resource g ON g.organization = m.organization AND g.id = m.group_id
WHERE m.organization = ? AND g.connection = ? AND (m.group_id, m.member_id) > (?, ?)
 AND EXISTS (SELECT 1 FROM resource p WHERE p.organization = ? AND p.id = m.group_id)
 AND EXISTS (SELECT 1 FROM resource p WHERE p.organization = ? AND p.id = m.member_id)
 AND NOT EXISTS (SELECT 1 FROM membership n
                 WHERE n.organization = ? AND n.group_id = m.group_id AND n.member_id = m.member_id)
ORDER BY m.group_id, m.member_id LIMIT ?"""
Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Difference:
    """A resource as the directory has it and as the plan has it; one of both may be missing.

    `removed_at` is when the identity provider deleted it within the plan.
    """

    before: Stored | None
    after: Stored | None
    removed_at: str | None = None

    @property
    def id(self) -> str:
        """The id of the resource, the same on both sides."""
        one = self.after or self.before
        return one.id if one else ""


def changed(database: Database, plan: Plan, after: str, limit: int) -> list[Difference]:
    """Return what the plan makes, changes or deletes, of ids that follow `after`, in order."""
    return [_read(row) for row in database.rows(_CHANGED, (plan.organization, plan.id, after, limit))]


def changed_among(database: Database, plan: Plan, idents: Collection[str]) -> list[Difference]:
    """Return what the plan makes of some ids."""
    parameters = (plan.organization, plan.id, database.dialect.list_parameter(idents))
    return [_read(row) for row in database.rows(database.dialect.fixed(_CHANGED_AMONG), parameters)]


def vanished(database: Database, plan: Plan, after: str, limit: int) -> list[Difference]:
    """Return what the plan has no row of any more: groups that were deleted and users who were erased."""
    rows = database.rows(_VANISHED, (plan.organization, plan.connection, after, plan.id, limit))
    return [Difference(read_row(row), None) for row in rows]


def added_members(database: Database, plan: Plan, after: Pair, limit: int) -> list[Pair]:
    """Return memberships, group and member, that the plan makes, those that follow `after`."""
    home = plan.organization
    return [(row[0], row[1]) for row in database.rows(_ADDED, (plan.id, *after, home, home, limit))]


def removed_members(database: Database, plan: Plan, after: Pair, limit: int) -> list[Pair]:
    """Return memberships, group and member, that the plan ends, those that follow `after`."""
    parameters = (plan.organization, plan.connection, *after, plan.id, plan.id, plan.id, limit)
    return [(row[0], row[1]) for row in database.rows(_REMOVED, parameters)]


def is_empty(database: Database, plan: Plan) -> bool:
    """Say whether a plan has nothing that differs from the directory."""
    start = ("", "")
    return not (
        changed(database, plan, "", 1)
        or vanished(database, plan, "", 1)
        or added_members(database, plan, start, 1)
        or removed_members(database, plan, start, 1)
    )


def _read(row: tuple[object, ...]) -> Difference:
    width = len(row) // 2
    planned, removed_at, known = row[:width], row[width], row[width + 1 :]
    return Difference(read_row(known) if known[0] is not None else None, read_row(planned), removed_at)  # type: ignore[arg-type]
