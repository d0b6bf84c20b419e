"""What a plan must know of those whom it does not hold: names and values that others than its connection have."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from optiid.storage.database import Database
    from optiid.storage.resources import Scope

# Index resource_living_name, primary keys of unique_value and claim.
_NAME = """
SELECT 1 FROM resource r
WHERE r.organization = ? AND r.type = ? AND r.name_key = ? AND r.state NOT IN ('gone', 'planned')
 AND r.connection <> ?"""
_VALUE = """
SELECT 1 FROM unique_value v JOIN resource r ON r.organization = v.organization AND r.id = v.resource
WHERE v.organization = ? AND v.path = ? AND v.value_key = ? AND r.connection <> ?"""
_CLAIM = """
SELECT 1 FROM claim c JOIN resource r ON r.organization = c.organization AND r.id = c.resource
WHERE c.name_key = ? AND NOT (c.organization = ? AND r.connection = ?)"""


def name_is_living(database: Database, owner: Scope, kind: str, name_key: str) -> bool:
    """Say whether a name belongs to somebody in the directory whom the connection does not own."""
    return database.row(_NAME, (owner.organization, kind, name_key, owner.connection)) is not None


def value_is_taken(database: Database, owner: Scope, path: str, value_key: str) -> bool:
    """Say whether a unique value belongs to a resource that the connection does not own."""
    return database.row(_VALUE, (owner.organization, path, value_key, owner.connection)) is not None


def name_is_claimed(database: Database, owner: Scope, name_key: str) -> bool:
    """Say whether a name is held for the whole installation by a user whom the connection does not own."""
    return database.row(_CLAIM, (name_key, owner.organization, owner.connection)) is not None
