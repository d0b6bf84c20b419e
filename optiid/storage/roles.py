"""Rows of grants: which role whom; and who administers an organization, exactly, also while others change it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from optiid.clock import timestamp
from optiid.storage.products import ADMIN_CENTER, ADMINISTRATOR

if TYPE_CHECKING:
    from collections.abc import Collection

    from optiid.storage.database import Database

# The subject of a grant to every living user.
EVERYONE = "everyone"

_COLUMNS = "t.id, t.instance, t.product, t.role, t.subject, t.created_at"
_ALL = f"SELECT {_COLUMNS} FROM role_grant t WHERE t.organization = ?"
_ORDER = "ORDER BY t.instance, t.role, t.subject"

# Primary keys of role_grant, product_role and resource.
_DESCRIBED = f"""
SELECT {_COLUMNS}, o.name, r.type, r.display FROM role_grant t
JOIN product_role o ON o.organization = t.organization AND o.product = t.product AND o.name_key = t.role
LEFT JOIN resource r ON r.organization = t.organization AND r.id = t.resource
WHERE t.organization = ?"""

_INSERT = """
INSERT INTO role_grant (organization, instance, role, subject, id, product, resource, created_at)
VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING RETURNING id"""

# The two ways through nested groups. UNION drops what was seen before, so a cycle of groups ends by itself; what is
# only planned is no group yet and leads nowhere. States come by a look-up for each row: PostgreSQL takes a recursion
# for larger than it is, and would read all resources for a join.
_UP = """
WITH RECURSIVE found (id) AS (
  SELECT m.group_id FROM membership m WHERE m.organization = ? AND m.member_id = ?
  UNION
  SELECT m.group_id FROM found f CROSS JOIN membership m
  WHERE m.organization = ? AND m.member_id = f.id
   AND (SELECT g.state FROM resource g WHERE g.organization = m.organization AND g.id = f.id) = 'living')"""

_DOWN = """
WITH RECURSIVE found (id) AS (
  SELECT t.resource FROM role_grant t
  WHERE t.organization = ? AND t.instance = ? AND t.role = ? AND t.resource IS NOT NULL
  UNION
  SELECT m.member_id FROM found f CROSS JOIN membership m
  WHERE m.organization = ? AND m.group_id = f.id
   AND (SELECT g.state FROM resource g WHERE g.organization = m.organization AND g.id = f.id) = 'living')"""

# Primary key of role_grant, and index membership_member.
_HOLDS = f"""{_UP}
SELECT 1 FROM role_grant t WHERE t.organization = ? AND t.instance = ? AND t.role = ?
 AND (t.subject IN (?, ?) OR t.subject IN (
  SELECT f.id FROM found f
  WHERE (SELECT g.state FROM resource g WHERE g.organization = t.organization AND g.id = f.id) = 'living'))
LIMIT 1"""

_IS_LIVING = "SELECT 1 FROM resource u WHERE u.organization = ? AND u.id = ? AND u.type = 'User' AND u.state = 'living'"

_SOMEBODY = f"""{_DOWN}
SELECT 1 FROM found f
WHERE f.id <> ? AND (SELECT u.state FROM resource u WHERE u.organization = ? AND u.id = f.id AND u.type = 'User')
 = 'living'
LIMIT 1"""

_PERSON_AMONG = """
WITH RECURSIVE found (id) AS (
  SELECT r.id FROM {listed} CROSS JOIN resource r WHERE r.organization = ? AND r.id = j.value
  UNION
  SELECT m.member_id FROM found f CROSS JOIN membership m
  WHERE m.organization = ? AND m.group_id = f.id
   AND (SELECT g.state FROM resource g WHERE g.organization = m.organization AND g.id = f.id) = 'living')
SELECT 1 FROM found f
WHERE (SELECT u.state FROM resource u WHERE u.organization = ? AND u.id = f.id AND u.type = 'User') = 'living'
LIMIT 1"""

_EVERYONE_MAY = """
SELECT 1 FROM role_grant t WHERE t.organization = ? AND t.instance = ? AND t.role = ? AND t.subject = ?"""

_ANYBODY = """
SELECT 1 FROM resource u
WHERE u.organization = ? AND u.type = 'User' AND u.state = 'living' AND u.id <> ? LIMIT 1"""

_LOCK = "SELECT i.id FROM product_instance i WHERE i.organization = ? AND i.id = ?{lock}"

_ROLE = (ADMIN_CENTER, ADMINISTRATOR)


@dataclass(frozen=True, slots=True)
class Grant:
    """One grant as it is stored; `role` is the key of the role's name, `subject` an id or EVERYONE."""

    id: str
    instance: str
    product: str
    role: str
    subject: str
    created_at: str


@dataclass(frozen=True, slots=True)
class Described:
    """A grant with the names that people know; `subject_kind` is user, group or everyone."""

    grant: Grant
    role: str
    subject_kind: str
    subject_name: str


def insert(database: Database, organization: str, grant: Grant) -> bool:
    """Store a grant and say whether it is new."""
    resource = None if grant.subject == EVERYONE else grant.subject
    parameters = (
        organization, grant.instance, grant.role, grant.subject, grant.id, grant.product, resource, timestamp(),
    )  # fmt: skip
    return bool(database.rows(_INSERT, parameters))


def delete(database: Database, organization: str, ident: str) -> None:
    """Delete a grant."""
    database.execute("DELETE FROM role_grant WHERE organization = ? AND id = ?", (organization, ident))


def grants(database: Database, organization: str) -> list[Grant]:
    """Return all grants of an organization by instance, role and subject."""
    return [Grant(*row) for row in database.rows(f"{_ALL} {_ORDER}", (organization,))]


def described(database: Database, organization: str) -> list[Described]:
    """Return all grants of an organization with names, by instance, role and subject."""
    found = []
    for *columns, role, kind, name in database.rows(f"{_DESCRIBED} {_ORDER}", (organization,)):
        found.append(Described(Grant(*columns), role, (kind or EVERYONE).lower(), name or "Everyone"))
    return found


def find_by_id(database: Database, organization: str, ident: str) -> Grant | None:
    """Return a grant by its id, or None."""
    row = database.row(f"{_ALL} AND t.id = ?", (organization, ident))
    return None if row is None else Grant(*row)


def grants_of_instance(database: Database, organization: str, instance: str) -> list[Grant]:
    """Return the grants in an instance."""
    return [Grant(*row) for row in database.rows(f"{_ALL} AND t.instance = ? {_ORDER}", (organization, instance))]


def grants_of_role(database: Database, organization: str, product: str, role: str) -> list[Grant]:
    """Return the grants of a role, in all instances of its product."""
    sql = f"{_ALL} AND t.product = ? AND t.role = ? {_ORDER}"
    return [Grant(*row) for row in database.rows(sql, (organization, product, role))]


def grants_to(database: Database, organization: str, subjects: Collection[str]) -> list[Grant]:
    """Return what is granted to some subjects themselves."""
    sql = database.dialect.fixed(f"{_ALL} AND t.subject {{among}} {_ORDER}")
    listed = database.dialect.list_parameter(subjects)
    return [Grant(*row) for row in database.rows(sql, (organization, listed))]


def find(database: Database, organization: str, instance: str, role: str, subject: str) -> Grant | None:
    """Return a grant, or None."""
    sql = f"{_ALL} AND t.instance = ? AND t.role = ? AND t.subject = ?"
    row = database.row(sql, (organization, instance, role, subject))
    return None if row is None else Grant(*row)


def is_last_administrator(database: Database, organization: str, user_id: str) -> bool:
    """Say whether a living user administers the organization, directly or through groups, and nobody else who lives.

    Inside the transaction that would end it: whoever is no administrator is told apart by one look-up, and nothing is
    held. For an administrator a row of the organization is held until the end of the transaction, so that of two who
    go at once one is the last.
    """
    if not is_administrator(database, organization, user_id):
        return False
    hold_administrators(database, organization)
    return not has_administrator(database, organization, but=user_id)


def is_administrator(database: Database, organization: str, user_id: str) -> bool:
    """Say whether a user lives and is granted the role: directly, as one of everyone, or through groups."""
    parameters = (organization, user_id, organization, organization, *_ROLE, user_id, EVERYONE)
    if database.row(_HOLDS, parameters) is None:
        return False
    return database.row(_IS_LIVING, (organization, user_id)) is not None


def confers_administration(database: Database, organization: str, group_id: str) -> bool:
    """Say whether members of a group are administrators by it, or by a group that it is in."""
    parameters = (organization, group_id, organization, organization, *_ROLE, group_id, group_id)
    return database.row(_HOLDS, parameters) is not None


def hold_administrators(database: Database, organization: str) -> None:
    """Wait for all others who are about to end an administrator, and have them wait until this transaction ends."""
    database.execute(database.dialect.fixed(_LOCK), (organization, ADMIN_CENTER))


def has_administrator(database: Database, organization: str, *, but: str = "") -> bool:
    """Say whether a living user, other than `but`, administers an organization."""
    if database.row(_SOMEBODY, (organization, *_ROLE, organization, but, organization)) is not None:
        return True
    everyone = database.row(_EVERYONE_MAY, (organization, *_ROLE, EVERYONE))
    return everyone is not None and database.row(_ANYBODY, (organization, but)) is not None


def has_person(database: Database, organization: str, idents: Collection[str]) -> bool:
    """Say whether a living user is among some users and groups, or in one of these groups, at whatever depth."""
    parameters = (database.dialect.list_parameter(idents), organization, organization, organization)
    return database.row(database.dialect.fixed(_PERSON_AMONG), parameters) is not None
