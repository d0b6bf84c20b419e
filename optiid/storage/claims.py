"""User names that no two organizations may have, for those organizations whose rules say so."""

from __future__ import annotations

from typing import TYPE_CHECKING

import peewee

from optiid.storage.resources import NameTakenError

if TYPE_CHECKING:
    from optiid.storage.database import Database
    from optiid.storage.resources import Stored

_CLAIM = "INSERT INTO claim (organization, name_key, resource) VALUES (?, ?, ?)"
_RELEASE = "DELETE FROM claim WHERE organization = ? AND resource = ?"
_RELEASE_ALL = "DELETE FROM claim WHERE organization = ?"
_CLAIM_ALL = """
INSERT INTO claim (organization, name_key, resource)
SELECT r.organization, r.name_key, r.id FROM resource r
WHERE r.organization = ? AND r.type = 'User' AND r.state NOT IN ('gone', 'planned')
ON CONFLICT DO NOTHING"""
_UNCLAIMED = """
SELECT COUNT(*) FROM resource r
WHERE r.organization = ? AND r.type = 'User' AND r.state NOT IN ('gone', 'planned')
  AND NOT EXISTS (SELECT 1 FROM claim c WHERE c.organization = r.organization AND c.resource = r.id)"""


def claim(database: Database, stored: Stored) -> None:
    """Take the name of a user for the whole installation. Raises NameTakenError."""
    try:
        database.execute(_CLAIM, (stored.organization, stored.name_key, stored.id))
    except peewee.IntegrityError as error:
        raise NameTakenError("The name is taken") from error


def release(database: Database, stored: Stored) -> None:
    """Give the name of a user back."""
    database.execute(_RELEASE, (stored.organization, stored.id))


def claim_all(database: Database, organization: str) -> int:
    """Take the names of all users in an organization's directory; return how many others have already."""
    database.execute(_CLAIM_ALL, (organization,))
    row = database.row(_UNCLAIMED, (organization,))
    return row[0] if row else 0


def release_all(database: Database, organization: str) -> None:
    """Give all names of an organization back."""
    database.execute(_RELEASE_ALL, (organization,))
