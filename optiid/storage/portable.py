"""Whole rows of resources and memberships, out of an organization page by page and back in as they were."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from optiid.storage import list_counts, many_rows, statements
from optiid.storage.keys import unique_rows, value_rows
from optiid.storage.resources import (
    Stored,
    document_columns,
    guarding_names,
    insert_unique,
    insert_values,
    read_row,
    refusing_taken_names,
)
from optiid.storage.statements import COLUMNS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from optiid.scim.resource_types import ResourceType
    from optiid.storage.database import Database, Row

# Primary key of resource. What is only planned is not in the directory, and stays.
_PAGE = f"""
SELECT {COLUMNS}, r.removed_at FROM resource r
WHERE r.organization = ? AND r.id > ? AND r.type = ? AND r.state <> 'planned' ORDER BY r.id LIMIT ?"""

_COUNT = "SELECT COUNT(*) FROM resource r WHERE r.organization = ? AND r.type = ? AND r.state <> 'planned'"

# Primary key of membership.
_COUNT_MEMBERSHIPS = "SELECT COUNT(*) FROM membership m WHERE m.organization = ?"

# Primary key of team.
_TEAMS = "SELECT t.group_id, t.instance FROM team t WHERE t.organization = ? AND t.group_id {among}"

# Primary key of membership.
_MEMBERS = """
SELECT m.group_id, m.member_id, g.version FROM membership m
JOIN resource g ON g.organization = m.organization AND g.id = m.group_id
JOIN resource u ON u.organization = m.organization AND u.id = m.member_id
WHERE m.organization = ? AND (m.group_id, m.member_id) > (?, ?) AND g.state <> 'planned' AND u.state <> 'planned'
ORDER BY m.group_id, m.member_id LIMIT ?"""

_LOCK = f"""
SELECT {COLUMNS}, r.removed_at FROM resource r
WHERE r.organization = ? AND r.id {{among}} ORDER BY r.id{{lock}}"""

_INSERT = """
INSERT INTO resource (organization, id, type, connection, name_key, external_id, display, display_key, active,
                      state, document, search, version, created_at, updated_at, removed_at, digest_key)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""

_OVERWRITE = """
UPDATE resource SET name_key = ?, external_id = ?, display = ?, display_key = ?, active = ?, state = ?, document = ?,
                    search = ?, connection = ?, version = ?, updated_at = ?, removed_at = ?
WHERE organization = ? AND id = ?"""

_TOUCH = "UPDATE resource SET version = version + 1, updated_at = ? WHERE organization = ? AND id = ?"

_ADD_MEMBERS = """
INSERT INTO membership (organization, group_id, member_id)
SELECT r.organization, ?, r.id FROM {listed} CROSS JOIN resource r
WHERE r.organization = ? AND r.id = j.value AND ? IN (r.connection, r.organization){share}
ON CONFLICT DO NOTHING
RETURNING member_id"""

_LIVING = """
SELECT r.id FROM resource r WHERE r.organization = ? AND r.id {among} AND r.state NOT IN ('gone', 'planned')
ORDER BY r.id"""

_ELIGIBLE = """
SELECT r.id FROM {listed} CROSS JOIN resource r
WHERE r.organization = ? AND r.id = j.value AND ? IN (r.connection, r.organization)"""


@dataclass(frozen=True, slots=True)
class Portable:
    """A resource and when it was deleted at its source, None while it was not."""

    stored: Stored
    removed_at: str | None


def count(database: Database, organization: str, kind: str) -> int:
    """Return how many resources of a type an organization has, tombstones included."""
    row = database.row(_COUNT, (organization, kind))
    return row[0] if row else 0


def count_memberships(database: Database, organization: str) -> int:
    """Return how many memberships an organization has, those of what is only planned included."""
    row = database.row(_COUNT_MEMBERSHIPS, (organization,))
    return row[0] if row else 0


def pages(database: Database, organization: str, kind: str, size: int) -> Iterator[list[Portable]]:
    """Yield all resources of a type, in the order of ids."""
    after = ""
    while rows := database.rows(_PAGE, (organization, after, kind, size)):
        found = [_read(row) for row in rows]
        yield found
        after = found[-1].stored.id


def memberships(database: Database, organization: str, size: int) -> Iterator[list[tuple[str, str, int]]]:
    """Yield all memberships in order, as group, member and the group's version; people who were deleted, too."""
    after = ("", "")
    while rows := database.rows(_MEMBERS, (organization, *after, size)):
        found = [(group_id, member_id, version) for group_id, member_id, version in rows]
        yield found
        after = found[-1][:2]


def team_instances(database: Database, organization: str, group_ids: Collection[str]) -> dict[str, str]:
    """Return the product instances of those groups that are teams, by the id of the group."""
    parameters = (organization, database.dialect.list_parameter(group_ids))
    return dict(database.rows(database.dialect.fixed(_TEAMS), parameters))


def lock(database: Database, organization: str, idents: Collection[str]) -> dict[str, Portable]:
    """Return what there is of some ids, by id, and hold the rows."""
    parameters = (organization, database.dialect.list_parameter(idents))
    found = [_read(row) for row in database.rows(database.dialect.fixed(_LOCK), parameters)]
    return {one.stored.id: one for one in found}


def _read(row: tuple[Any, ...]) -> Portable:
    return Portable(read_row(row[:-1]), row[-1])


def insert(database: Database, new: Sequence[tuple[Portable, ResourceType]]) -> None:
    """Store resources as they were, with versions and times.

    Raises NameTakenError and ValueTakenError; which of several resources has the taken name is not told.
    """
    rows = [_row(one, resource_type) for one, resource_type in new]
    for organization in {one.stored.organization for one, _ in new}:
        list_counts.forget(database, organization)
    with refusing_taken_names():
        many_rows.insert(database, _INSERT, rows)
    values = [
        (one.stored.organization, path, value_key, one.stored.id)
        for one, resource_type in new
        for path, value_key in value_rows(one.stored.document, resource_type)
    ]
    many_rows.insert(database, statements.INSERT_VALUE, values)
    for one, resource_type in new:
        _hold_unique(database, one.stored, resource_type)


def _row(one: Portable, resource_type: ResourceType) -> Row:
    stored = one.stored
    columns = document_columns(stored.document, resource_type, stored.state)
    times = (stored.version, stored.created_at, stored.updated_at, one.removed_at)
    key = stored.digest_key or secrets.token_hex(16)
    return stored.organization, stored.id, stored.type, stored.connection, *columns, *times, key


def overwrite(database: Database, one: Portable, resource_type: ResourceType) -> None:
    """Store a resource over what there is of its id. Raises NameTakenError and ValueTakenError."""
    stored = one.stored
    list_counts.forget(database, stored.organization)
    place = (stored.organization, stored.id)
    columns = document_columns(stored.document, resource_type, stored.state)
    changed = (stored.connection, stored.version, stored.updated_at, one.removed_at)
    guarding_names(database, _OVERWRITE, (*columns, *changed, *place))
    database.execute(statements.DELETE_VALUES, place)
    database.execute(statements.DELETE_UNIQUE, place)
    insert_values(database, *place, value_rows(stored.document, resource_type))
    _hold_unique(database, stored, resource_type)


def _hold_unique(database: Database, stored: Stored, resource_type: ResourceType) -> None:
    insert_unique(database, stored.organization, stored.id, unique_rows(stored.document, resource_type, stored.state))


def touch(database: Database, organization: str, ident: str, now: str) -> None:
    """Move the version of a group whose members changed."""
    database.execute(_TOUCH, (now, organization, ident))


def add_members(database: Database, group: Stored, members: Collection[str]) -> tuple[list[str], list[str]]:
    """Add members to a group, deleted people, too; return who was added, and of them who is in the directory."""
    dialect = database.dialect
    parameters = (group.id, dialect.list_parameter(members), group.organization, group.connection)
    added = [row[0] for row in database.rows(dialect.fixed(_ADD_MEMBERS), parameters)]
    living = (group.organization, dialect.list_parameter(added))
    return added, [row[0] for row in database.rows(dialect.fixed(_LIVING), living)] if added else []


def not_eligible(database: Database, group: Stored, members: Collection[str]) -> list[str]:
    """Return those ids that nobody has who may be a member of the group."""
    parameters = (database.dialect.list_parameter(members), group.organization, group.connection)
    known = {row[0] for row in database.rows(database.dialect.fixed(_ELIGIBLE), parameters)}
    return [ident for ident in members if ident not in known]
