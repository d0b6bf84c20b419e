"""Who owns a resource: looking it up across the connections of an organization, and giving it to another one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optiid.storage.keys import name_column
from optiid.storage.resources import Stored, read_row
from optiid.storage.statements import COLUMNS

if TYPE_CHECKING:
    from optiid.storage.database import Database

# Primary key of resource.
_BY_ID = f"SELECT {COLUMNS} FROM resource r WHERE r.organization = ? AND r.id = ? AND r.removed_at IS NULL"

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
