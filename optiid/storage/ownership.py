"""Who owns a resource: looking it up across the connections of an organization, and giving it to another one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from optiid.clock import timestamp
from optiid.storage import list_counts, statements
from optiid.storage.keys import name_column
from optiid.storage.resources import Stored, read_row
from optiid.storage.statements import COLUMNS

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from optiid.storage.database import Database

# Primary key of resource. Whom the brake holds after a DELETE is in the directory, though not on the SCIM plane.
_BY_ID = f"""
SELECT {COLUMNS} FROM resource r
WHERE r.organization = ? AND r.id = ? AND (r.removed_at IS NULL OR r.state NOT IN ('gone', 'planned'))"""

# Index resource_living_name.
_LIVING_BY_NAME = f"""
SELECT {COLUMNS} FROM resource r
WHERE r.organization = ? AND r.type = ? AND r.name_key = ? AND r.state NOT IN ('gone', 'planned')"""

# Index resource_name, once for each connection.
_BY_NAME = f"""
SELECT {COLUMNS} FROM resource r
WHERE r.organization = ? AND r.connection IN (SELECT c.id FROM connection c WHERE c.organization = ?)
 AND r.type = ? AND r.name_key = ? AND r.removed_at IS NULL
ORDER BY r.id LIMIT 1"""


# Primary key of resource, in all of these.
_REHOME = """
UPDATE resource SET connection = ?, version = version + 1, updated_at = ?
WHERE organization = ? AND connection = ? AND id {among} RETURNING id, type, state"""

_VISIBLE = "SELECT r.id FROM resource r WHERE r.organization = ? AND r.id {among} AND r.removed_at IS NULL"

# Index resource_name.
_HOLDERS = f"""
SELECT {COLUMNS} FROM {{listed}} CROSS JOIN resource r
WHERE r.organization = ? AND r.connection = ? AND r.type = ? AND r.name_key = j.value AND r.removed_at IS NULL"""

# Index resource_name.
_SHARING = f"""
SELECT {COLUMNS} FROM resource r
WHERE r.organization = ? AND r.connection = ? AND r.type = ? AND r.name_key = ?
 AND r.removed_at IS NULL AND r.id <> ?"""

_SLICE = "SELECT r.id FROM resource r WHERE r.organization = ? AND r.connection = ? AND r.id > ? ORDER BY r.id LIMIT ?"

_COUNTS = """
SELECT r.type, r.state, CASE WHEN r.removed_at IS NULL THEN 0 ELSE 1 END AS closed, COUNT(*) FROM resource r
WHERE r.organization = ? AND r.connection = ? GROUP BY r.type, r.state, closed ORDER BY r.type, r.state, closed"""

# Index membership_member, and the primary key of membership.
_SPANNING_MEMBERS = """
SELECT m.group_id, m.member_id FROM membership m
JOIN resource g ON g.organization = m.organization AND g.id = m.group_id
WHERE m.organization = ? AND m.member_id {among} AND NOT m.group_id {among} AND g.connection NOT IN (g.organization, ?)
ORDER BY m.group_id, m.member_id"""
_SPANNING_GROUPS = """
SELECT m.group_id, m.member_id FROM membership m
JOIN resource u ON u.organization = m.organization AND u.id = m.member_id
WHERE m.organization = ? AND m.group_id {among} AND NOT m.member_id {among} AND u.connection <> ?
ORDER BY m.group_id, m.member_id"""

_TOUCH = "UPDATE resource SET version = version + 1, updated_at = ? WHERE organization = ? AND id = ?"

_BURY = """
UPDATE resource SET state = 'gone', removed_at = COALESCE(removed_at, ?) WHERE organization = ? AND id {among}"""

_TOUCH_GROUPS_OF = """
UPDATE resource SET version = version + 1, updated_at = ? WHERE organization = ? AND id IN (
  SELECT m.group_id FROM membership m WHERE m.organization = ? AND m.member_id {among})"""

_DROP_UNIQUE = "DELETE FROM unique_value WHERE organization = ? AND resource {among}"
_DROP_CLAIMS = "DELETE FROM claim WHERE organization = ? AND resource {among}"
_DELETE = "DELETE FROM resource WHERE organization = ? AND id {among}"
_FETCH = f"SELECT {COLUMNS} FROM resource r WHERE r.organization = ? AND r.id {{among}} ORDER BY r.id"
_LOCK = _FETCH + "{lock}"


@dataclass(frozen=True, slots=True)
class Moved:
    """A resource that went to another connection."""

    id: str
    type: str
    state: str

    @property
    def living(self) -> bool:
        """Whether the directory lists it."""
        return self.state not in ("gone", "planned")


def find_by_id(database: Database, organization: str, ident: str) -> Stored | None:
    """Return the resource of that id, whoever owns it, or None."""
    row = database.row(_BY_ID, (organization, ident))
    return None if row is None else read_row(row)


def find(database: Database, organization: str, kind: str, id_or_name: str) -> Stored | None:
    """Return the resource of a type with that id, else the one that bears that name, the living before tombstones."""
    found = find_by_id(database, organization, id_or_name)
    if found is not None and found.type == kind:
        return found
    return find_by_name(database, organization, kind, id_or_name)


def find_by_name(database: Database, organization: str, kind: str, name: str) -> Stored | None:
    """Return the resource of a type that bears a name, whoever owns it: the living one, else a tombstone, or None."""
    key = name_column(name)
    row = database.row(_LIVING_BY_NAME, (organization, kind, key))
    row = row or database.row(_BY_NAME, (organization, organization, kind, key))
    return None if row is None else read_row(row)


def rehome(database: Database, organization: str, idents: Collection[str], source: str, target: str) -> list[Moved]:
    """Give resources of one connection to another and return those that went; the names must be free there."""
    list_counts.forget(database, organization)
    listed = database.dialect.list_parameter(idents)
    parameters = (target, timestamp(), organization, source, listed)
    return [Moved(*row) for row in database.rows(database.dialect.fixed(_REHOME), parameters)]


def clashes(database: Database, movers: Sequence[Stored], target: str) -> list[tuple[Stored, Stored]]:
    """Return pairs of a resource that would move to a connection and the one that bears its name there."""
    if not movers:
        return []
    organization, dialect = movers[0].organization, database.dialect
    listed = dialect.list_parameter(one.id for one in movers)
    visible = {row[0] for row in database.rows(dialect.fixed(_VISIBLE), (organization, listed))}
    pairs = []
    for kind in sorted({one.type for one in movers}):
        named = {one.name_key: one for one in movers if one.type == kind and one.id in visible}
        parameters = (dialect.list_parameter(named), organization, target, kind)
        holders = [read_row(row) for row in database.rows(dialect.fixed(_HOLDERS), parameters)]
        pairs += [(named[one.name_key], one) for one in holders if named[one.name_key].id != one.id]
    return pairs


def sharing_name(database: Database, stored: Stored) -> Stored | None:
    """Return another resource that the same owner sees under the name of one that it does not see, or None."""
    parameters = (stored.organization, stored.connection, stored.type, stored.name_key, stored.id)
    row = database.row(_SHARING, parameters)
    return None if row is None else read_row(row)


def slice_of(database: Database, organization: str, connection: str, after: str, limit: int) -> list[str]:
    """Return ids of what a connection owns, deleted or not, those that follow `after`, in order."""
    return [row[0] for row in database.rows(_SLICE, (organization, connection, after, limit))]


def counts(database: Database, organization: str, connection: str) -> list[tuple[str, str, bool, int]]:
    """Return how many resources of which type, state and (deleted at the source or not) a connection owns."""
    return [(kind, state, bool(closed), number) for kind, state, closed, number in database.rows(
        _COUNTS, (organization, connection))]  # fmt: skip


def spanning(database: Database, organization: str, idents: Collection[str], target: str) -> list[tuple[str, str]]:
    """Return the memberships, group and member, that would span two connections if `target` owned `idents`.

    Groups made by hand may hold members of every connection.
    """
    listed, fixed = database.dialect.list_parameter, database.dialect.fixed
    moving = listed(idents)
    rows = database.rows(fixed(_SPANNING_MEMBERS), (organization, moving, moving, target))
    if target != organization:
        rows += database.rows(fixed(_SPANNING_GROUPS), (organization, moving, moving, target))
    return [(group_id, member_id) for group_id, member_id in rows]


def end_memberships(database: Database, organization: str, group_id: str, members: Collection[str]) -> list[str]:
    """Take members out of a group, whoever owns them, move its version, and return those who are in the directory."""
    dialect = database.dialect
    parameters = (organization, group_id, dialect.list_parameter(members))
    dropped = database.rows(dialect.fixed(statements.REMOVE_MEMBERS), parameters)
    database.execute(_TOUCH, (timestamp(), organization, group_id))
    return sorted(ident for ident, state, _ in dropped if state not in ("gone", "planned"))


def bury(database: Database, organization: str, idents: Collection[str]) -> None:
    """Take users off the SCIM plane and out of the directory; those who are already stay as they are."""
    list_counts.forget(database, organization)
    now, listed = timestamp(), database.dialect.list_parameter(idents)
    database.execute(database.dialect.fixed(_BURY), (now, organization, listed))
    database.execute(database.dialect.fixed(_TOUCH_GROUPS_OF), (now, organization, organization, listed))
    for sql in (_DROP_UNIQUE, _DROP_CLAIMS):
        database.execute(database.dialect.fixed(sql), (organization, listed))


def delete(database: Database, organization: str, idents: Collection[str]) -> None:
    """Delete resources with their indexed values and memberships."""
    list_counts.forget(database, organization)
    listed = database.dialect.list_parameter(idents)
    parameters = (timestamp(), organization, organization, listed)
    database.execute(database.dialect.fixed(_TOUCH_GROUPS_OF), parameters)
    database.execute(database.dialect.fixed(_DELETE), (organization, listed))


def fetch(database: Database, organization: str, idents: Collection[str]) -> list[Stored]:
    """Return resources by their ids, deleted or not, in the order of ids."""
    listed = database.dialect.list_parameter(idents)
    return [read_row(row) for row in database.rows(database.dialect.fixed(_FETCH), (organization, listed))]


def lock(database: Database, organization: str, idents: Collection[str]) -> list[Stored]:
    """Return resources by their ids, deleted or not, and hold their rows, in the order of ids."""
    listed = database.dialect.list_parameter(idents)
    return [read_row(row) for row in database.rows(database.dialect.fixed(_LOCK), (organization, listed))]
