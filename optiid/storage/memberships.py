"""Memberships as rows: one member, one row; no statement here reads the other members of a group."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from optiid.scim.rendering import Reference
from optiid.storage import statements
from optiid.storage.reference_sql import (
    LISTED_MEMBERS_THAT,
    MEMBERS_COUNT_THAT,
    MEMBERS_PAGE_THAT,
    STORED_MEMBERS_THAT,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from optiid.scim.patch.members import MemberChange
    from optiid.storage.database import Database
    from optiid.storage.resources import Scope

Condition = tuple[str, list[Any]]


@dataclass(frozen=True, slots=True)
class Applied:
    """What a member change did: rows made and dropped, those of living members among them, and unknown ids.

    `may_unseat` is whether somebody was taken out of a group that has the role of an administrator, or is in another.
    """

    added: list[str]
    removed: list[str]
    living_added: list[str]
    living_removed: list[str]
    unknown: list[str]
    may_unseat: bool = False

    def __bool__(self) -> bool:
        return bool(self.added or self.removed)


def apply_change(database: Database, scope: Scope, group_id: str, change: MemberChange) -> Applied:
    """Apply a member change and return what it did; ids that are no resources of the connection are only reported."""
    dropped = _drop(database, scope, group_id, change)
    wanted = list(change.add) if change.replace is None else _absent(database, scope, group_id, change.replace)
    added = _add(database, scope, group_id, wanted) if wanted else []
    missing = len(wanted) > len(added)
    return Applied(
        [ident for ident, _ in added],
        [ident for ident, _, _ in dropped],
        [ident for ident, state in added if state not in ("gone", "planned")],
        [ident for ident, state, _ in dropped if state not in ("gone", "planned")],
        _unknown(database, scope, wanted) if missing else [],
        may_unseat=any(may_administer for *_, may_administer in dropped),
    )


def _drop(database: Database, scope: Scope, group_id: str, change: MemberChange) -> list[tuple[str, str, bool]]:
    fixed, listed = database.dialect.fixed, database.dialect.list_parameter
    if change.replace is not None:
        parameters = (scope.organization, group_id, listed(change.replace))
        return database.rows(fixed(statements.KEEP_MEMBERS), parameters)
    if not change.remove:
        return []
    parameters = (scope.organization, group_id, listed(change.remove))
    return database.rows(fixed(statements.REMOVE_MEMBERS), parameters)


def _add(database: Database, scope: Scope, group_id: str, wanted: Collection[str]) -> list[tuple[str, str]]:
    parameters = (group_id, database.dialect.list_parameter(wanted), scope.organization, scope.connection)
    return database.rows(database.dialect.fixed(statements.ADD_MEMBERS), parameters)


def _absent(database: Database, scope: Scope, group_id: str, wanted: Collection[str]) -> list[str]:
    """Return those of some ids that are no members, in any order."""
    if not wanted:
        return []
    parameters = (database.dialect.list_parameter(wanted), scope.organization, group_id, scope.connection)
    return [ident for (ident,) in database.rows(database.dialect.fixed(statements.ABSENT_MEMBERS), parameters)]


def _unknown(database: Database, scope: Scope, wanted: Collection[str]) -> list[str]:
    """Return those of some ids that nobody has who may be a member, in the order they were given."""
    parameters = (database.dialect.list_parameter(wanted), scope.organization, scope.connection)
    unknown = {ident for (ident,) in database.rows(database.dialect.fixed(statements.UNKNOWN_MEMBERS), parameters)}
    return [ident for ident in wanted if ident in unknown]


def stored_that(database: Database, scope: Scope, group_id: str, condition: Condition) -> list[str]:
    """Return the ids of the members that fulfil a condition on `resource u`."""
    sql, values = condition
    parameters = (scope.organization, group_id, scope.connection, *values)
    return _idents(database, STORED_MEMBERS_THAT, sql, parameters)


def listed_that(database: Database, scope: Scope, listed: Collection[str], condition: Condition) -> list[str]:
    """Return those of some ids whose resources fulfil a condition on `resource u`, members or not."""
    sql, values = condition
    parameters = (database.dialect.list_parameter(listed), scope.organization, scope.connection, *values)
    return _idents(database, LISTED_MEMBERS_THAT, sql, parameters)


def _idents(database: Database, statement: str, condition: str, parameters: tuple[Any, ...]) -> list[str]:
    return [row[0] for row in database.rows(_that(database, statement, condition), parameters)]


def _that(database: Database, statement: str, condition: str) -> str:
    return database.dialect.fixed(statement).replace("{condition}", condition)


def page_of(
    database: Database, scope: Scope, group_id: str, condition: Condition, stretch: tuple[int, int]
) -> tuple[list[Reference], int]:
    """Return a page of the members that fulfil a condition on `membership m` and `resource u`, and their number.

    The stretch is where the page begins, counted from 1, and how many it holds. They are counted only when the page
    does not tell by itself, which the last one does.
    """
    sql, values = condition
    start, count = stretch
    parameters = (scope.organization, group_id, scope.connection, *values)
    found = []
    if count:  # the row beyond the page tells whether there is more
        statement = _that(database, MEMBERS_PAGE_THAT, sql)
        rows = database.rows(statement, (*parameters, count + 1, start - 1))
        found = [Reference(*row) for row in rows]
    if count and len(found) <= count and (found or start == 1):
        return found, start - 1 + len(found)
    row = database.row(_that(database, MEMBERS_COUNT_THAT, sql), parameters)
    return found[:count], row[0] if row else 0


def number_up_to(database: Database, scope: Scope, group_id: str, limit: int) -> int:
    """Return how many members a group has, or `limit` and one when it has more; no more rows than that are read."""
    rows = database.dialect.fixed(statements.MEMBER_ROWS)
    sql = f"SELECT COUNT(*) FROM ({rows} LIMIT {limit + 1:d}) few"
    row = database.row(sql, (scope.organization, group_id))
    return row[0] if row else 0


def members_of(
    database: Database, scope: Scope, group_ids: Collection[str], most: int
) -> tuple[dict[str, list[Reference]], dict[str, int]] | None:
    """Return the members of each group, by id, and its version then, or None when they are more than `most` in all.

    A member who was DELETEd is not there, but may count; a tombstone is there. A group that is gone has no version.
    """
    found: dict[str, list[Reference]] = {ident: [] for ident in group_ids}
    dialect = database.dialect
    listed = dialect.list_parameter(group_ids)
    parameters = (listed, scope.organization, listed, scope.organization, scope.connection)
    sql = dialect.fixed(statements.MEMBERS[dialect.name]).replace("{most}", f"{most + 1:d}")
    rows = database.rows(sql, parameters)
    versions = {row[0]: row[4] for row in rows if row[4] is not None}
    if len(rows) - len(versions) > most:
        return None
    for group_id, ident, kind, display, _ in sorted(row for row in rows if row[1] is not None):
        found[group_id].append(Reference(ident, kind, display))
    return found, versions


def in_pieces(database: Database, scope: Scope, group_id: str, size: int) -> Iterator[list[Reference]]:
    """Yield all members of a group in the order of ids, so many at a time; each piece is a statement of its own."""
    sql = f"{database.dialect.fixed(statements.MEMBERS_AFTER)} LIMIT {size:d}"
    after, is_last = "", False
    while not is_last:
        rows = database.rows(sql, (scope.organization, group_id, after, after, scope.connection))
        is_last = len(rows) < size
        if rows:
            yield [Reference(*row) for row in rows]
            after = rows[-1][0]


def groups_of(database: Database, scope: Scope, member_ids: Iterable[str]) -> dict[str, list[Reference]]:
    """Return the groups of each member, direct ones and those reached through nested groups, each once."""
    found: dict[str, list[Reference]] = {ident: [] for ident in member_ids}
    listed, organization = database.dialect.list_parameter(found), scope.organization
    parameters = (organization, listed, organization, organization, scope.connection)
    for member_id, ident, direct, display in database.rows(database.dialect.fixed(statements.GROUPS), parameters):
        if display is not None:  # a group of another connection has no name here, and is not told
            found[member_id].append(Reference(ident, "Group", display, bool(direct)))
    return found
