"""Rows of the directory view: every living resource of an organization, whichever connection it came by."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optiid.scim.rendering import Reference
from optiid.storage.keys import name_column
from optiid.storage.resources import Stored, read_row
from optiid.storage.statements import COLUMNS

if TYPE_CHECKING:
    from optiid.storage.database import Database

_LIVING = (
    f"SELECT {COLUMNS} FROM resource r WHERE r.organization = ? AND r.type = ? AND r.state NOT IN ('gone', 'planned')"
)

_MEMBERS = """
SELECT u.id, u.type, u.display FROM membership m
JOIN resource u ON u.organization = m.organization AND u.id = m.member_id
WHERE m.organization = ? AND m.group_id = ? AND u.state NOT IN ('gone', 'planned') ORDER BY u.id"""

_GROUPS = """
WITH RECURSIVE found (group_id, direct) AS (
  SELECT m.group_id, 1 FROM membership m WHERE m.organization = ? AND m.member_id = ?
  UNION
  SELECT m.group_id, 0 FROM found f CROSS JOIN membership m WHERE m.organization = ? AND m.member_id = f.group_id)
SELECT g.id, g.type, g.display, MAX(f.direct) FROM found f CROSS JOIN resource g
WHERE g.organization = ? AND g.id = f.group_id AND g.state NOT IN ('gone', 'planned')
GROUP BY g.id, g.type, g.display ORDER BY g.id"""


def living(database: Database, organization: str, kind: str) -> list[Stored]:
    """Return the living resources of a type, oldest first."""
    return [read_row(row) for row in database.rows(f"{_LIVING} ORDER BY r.id", (organization, kind))]


# Index resource_directory.
PAGE = f"{_LIVING} AND r.id > ? ORDER BY r.id LIMIT ?"

# Index resource_living_name.
NAMED = f"{_LIVING} AND r.name_key = ?"

# Primary key of membership.
PAGE_OF_MEMBERS = """
SELECT u.id, u.type, u.display FROM membership m
JOIN resource u ON u.organization = m.organization AND u.id = m.member_id
WHERE m.organization = ? AND m.group_id = ? AND m.member_id > ? AND u.state NOT IN ('gone', 'planned')
ORDER BY m.member_id LIMIT ?"""


def page(database: Database, organization: str, kind: str, after: str, limit: int) -> list[Stored]:
    """Return living resources of a type, those whose id follows `after`, oldest first."""
    return [read_row(row) for row in database.rows(PAGE, (organization, kind, after, limit))]


def named(database: Database, organization: str, kind: str, name: str) -> list[Stored]:
    """Return the living resource of a type that bears a name, if there is one."""
    return [read_row(row) for row in database.rows(NAMED, (organization, kind, name_column(name)))]


def page_of_members(database: Database, organization: str, group_id: str, after: str, limit: int) -> list[Reference]:
    """Return living members of a group, those whose id follows `after`."""
    return [Reference(*row) for row in database.rows(PAGE_OF_MEMBERS, (organization, group_id, after, limit))]


def find_living(database: Database, organization: str, kind: str, id_or_name: str) -> Stored | None:
    """Return the living resource of that id, else of that name, or None."""
    by_id = database.row(f"{_LIVING} AND r.id = ?", (organization, kind, id_or_name))
    row = by_id or database.row(f"{_LIVING} AND r.name_key = ?", (organization, kind, name_column(id_or_name)))
    return None if row is None else read_row(row)


def members(database: Database, organization: str, group_id: str) -> list[Reference]:
    """Return the living members of a group."""
    return [Reference(*row) for row in database.rows(_MEMBERS, (organization, group_id))]


def groups(database: Database, organization: str, member_id: str) -> list[Reference]:
    """Return the groups a user is in, directly or through nested groups, each once."""
    rows = database.rows(_GROUPS, (organization, member_id, organization, organization))
    return [Reference(ident, kind, display, bool(direct)) for ident, kind, display, direct in rows]
