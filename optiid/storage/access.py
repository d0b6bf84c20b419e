"""What access is told from: a person, the groups around them, and what these are granted; three statements for one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from optiid.storage.keys import name_column
from optiid.storage.resources import Stored, read_row
from optiid.storage.roles import EVERYONE
from optiid.storage.statements import COLUMNS

if TYPE_CHECKING:
    from collections.abc import Collection

    from optiid.storage.database import Database

# Index resource_living_name.
_BY_NAME = f"""
SELECT {COLUMNS} FROM resource r
WHERE r.organization = ? AND r.type = 'User' AND r.name_key = ? AND r.state NOT IN ('gone', 'planned')"""

# Primary key of resource, and the index above; an id goes before a name.
_BY_ID_OR_NAME = f"""
SELECT {COLUMNS}, 0 AS place FROM resource r WHERE r.organization = ? AND r.id = ? AND r.type = 'User'
UNION ALL
{_BY_NAME.replace(" FROM", ", 1 AS place FROM", 1)}
ORDER BY place LIMIT 1"""

# Index membership_member. Each membership once, however many ways lead to it: UNION ends a cycle by itself.
_MEMBERSHIPS = """
WITH RECURSIVE found (member_id, group_id) AS (
  SELECT m.member_id, m.group_id FROM membership m WHERE m.organization = ? AND m.member_id {among}
  UNION
  SELECT m.member_id, m.group_id FROM found f CROSS JOIN membership m
  WHERE m.organization = ? AND m.member_id = f.group_id)
SELECT f.member_id, f.group_id FROM found f ORDER BY f.member_id, f.group_id"""

# Primary keys of resource, team, product_role and index role_grant_subject. What is only planned is no group yet.
_HOLDINGS = """
SELECT r.id, r.type, r.display, r.connection, e.instance, t.id, t.instance, t.product, o.name
FROM {listed} CROSS JOIN resource r
LEFT JOIN team e ON e.organization = r.organization AND e.group_id = r.id
LEFT JOIN role_grant t ON t.organization = r.organization AND t.subject = r.id
LEFT JOIN product_role o ON o.organization = t.organization AND o.product = t.product AND o.name_key = t.role
WHERE r.organization = ? AND r.id = j.value AND r.state = 'living'
UNION ALL
SELECT ?, 'Group', 'Everyone', t.organization, NULL, t.id, t.instance, t.product, o.name
FROM role_grant t
JOIN product_role o ON o.organization = t.organization AND o.product = t.product AND o.name_key = t.role
WHERE t.organization = ? AND t.subject = ?"""

# Index role_grant_subject is of no use here; the primary key begins with organization, instance and role.
_HOLDERS = """
WITH RECURSIVE found (id) AS (
  SELECT t.resource FROM role_grant t
  WHERE t.organization = ? AND t.instance = ? AND t.role = ? AND t.resource IS NOT NULL
  UNION
  SELECT m.member_id FROM found f CROSS JOIN membership m
  WHERE m.organization = ? AND m.group_id = f.id
   AND (SELECT g.state FROM resource g WHERE g.organization = m.organization AND g.id = f.id) = 'living')
SELECT f.id FROM found f
WHERE f.id > ? AND (SELECT u.state FROM resource u WHERE u.organization = ? AND u.id = f.id AND u.type = 'User')
 = 'living'
ORDER BY f.id LIMIT ?"""

_ALL_LIVING = """
SELECT u.id FROM resource u
WHERE u.organization = ? AND u.type = 'User' AND u.state = 'living' AND u.id > ? ORDER BY u.id LIMIT ?"""


@dataclass(frozen=True, slots=True)
class Given:
    """A role that somebody or something is granted; `role` is its name."""

    grant: str
    instance: str
    product: str
    role: str


@dataclass(frozen=True, slots=True)
class Node:
    """A living user or group, or everyone, with the roles granted to it; `team`: the instance that it is a team in."""

    id: str
    type: str
    display: str
    connection: str
    team: str | None
    given: list[Given]


def find_person(database: Database, organization: str, id_or_name: str) -> Stored | None:
    """Return the user of that id, in whatever state, else the one in the directory that bears that name, or None."""
    parameters = (organization, id_or_name, organization, name_column(id_or_name))
    row = database.row(_BY_ID_OR_NAME, parameters)
    return None if row is None else read_row(row[:-1])


def find_by_name(database: Database, organization: str, user_name: str) -> Stored | None:
    """Return the user in the directory that bears a name, or None."""
    row = database.row(_BY_NAME, (organization, name_column(user_name)))
    return None if row is None else read_row(row)


def memberships_above(database: Database, organization: str, idents: Collection[str]) -> list[tuple[str, str]]:
    """Return the memberships, member and group, of some resources, of the groups they are in, and so on."""
    sql = database.dialect.fixed(_MEMBERSHIPS)
    rows = database.rows(sql, (organization, database.dialect.list_parameter(idents), organization))
    return [(member_id, group_id) for member_id, group_id in rows]


def holdings(database: Database, organization: str, idents: Collection[str]) -> dict[str, Node]:
    """Return those of some users and groups that live, with what is granted to them, and everyone, by id."""
    sql = database.dialect.fixed(_HOLDINGS)
    listed = database.dialect.list_parameter(idents)
    found = {EVERYONE: Node(EVERYONE, "Group", "Everyone", organization, None, [])}
    for row in database.rows(sql, (listed, organization, EVERYONE, organization, EVERYONE)):
        ident, kind, display, connection, team, *given = row
        node = found.setdefault(ident, Node(ident, kind, display, connection, team, []))
        if given[0] is not None:
            node.given.append(Given(*given))
    return found


def holders(
    database: Database, organization: str, place: tuple[str, str], after: str, limit: int, *, everyone: bool
) -> list[str]:
    """Return the ids of living users that have a role (instance and key), those that follow `after`, in order.

    Directly or through groups; all users when everyone has it.
    """
    if everyone:
        rows = database.rows(_ALL_LIVING, (organization, after, limit))
    else:
        rows = database.rows(_HOLDERS, (organization, *place, organization, after, organization, limit))
    return [row[0] for row in rows]
