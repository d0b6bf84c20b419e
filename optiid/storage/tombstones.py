"""Rows of users who are out of the directory, whichever connection they came by: find, reopen, purge."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import peewee

from optiid.clock import timestamp
from optiid.storage import list_counts, statements
from optiid.storage.keys import name_column
from optiid.storage.resources import NameTakenError, Stored, read_row
from optiid.storage.statements import COLUMNS

if TYPE_CHECKING:
    from optiid.storage.database import Database

_USERS = "FROM resource r WHERE r.organization = ? AND r.type = 'User' AND r.state IN ('gone', 'suspended')"
_FIND = f"SELECT {COLUMNS}, r.removed_at {_USERS} AND (r.id = ? OR r.name_key = ?) ORDER BY r.id{{lock}}"
_PAGE = f"SELECT {COLUMNS}, r.removed_at {_USERS} AND r.id > ? ORDER BY r.id LIMIT ?"
# Index resource_removed.
_DUE = f"""
SELECT {COLUMNS} FROM resource r
WHERE r.organization = ? AND r.removed_at < ? AND r.state = 'gone' ORDER BY r.removed_at LIMIT ?"""
_PURGE = "DELETE FROM resource WHERE organization = ? AND id = ? AND state = 'gone' RETURNING connection, removed_at"
_REOPEN = "UPDATE resource SET removed_at = NULL WHERE organization = ? AND id = ?"


@dataclass(frozen=True, slots=True)
class Tombstone:
    """A user who is inactive, or was deleted at that instant."""

    stored: Stored
    removed_at: str | None


def find(database: Database, organization: str, id_or_name: str) -> list[Tombstone]:
    """Return those with that id or name, oldest first, and hold their rows: several may have borne a name."""
    parameters = (organization, id_or_name, name_column(id_or_name))
    return [Tombstone(read_row(row[:-1]), row[-1]) for row in database.rows(database.dialect.fixed(_FIND), parameters)]


def page(database: Database, organization: str, after: str, limit: int) -> list[Tombstone]:
    """Return those whose id follows `after`, oldest first."""
    return [Tombstone(read_row(row[:-1]), row[-1]) for row in database.rows(_PAGE, (organization, after, limit))]


def reopen(database: Database, stored: Stored) -> None:
    """Put a deleted user back on the SCIM plane, and in their groups. Raises NameTakenError."""
    try:
        database.execute(_REOPEN, (stored.organization, stored.id))
    except peewee.IntegrityError as error:
        raise NameTakenError("The name is taken") from error
    list_counts.note(database, stored.organization, stored.connection, stored.type, 1)
    database.execute(statements.TOUCH_GROUPS, (timestamp(), stored.organization, stored.organization, stored.id))


def due(database: Database, organization: str, before: str, limit: int) -> list[Stored]:
    """Return users who were deleted before an instant, in that order."""
    return [read_row(row) for row in database.rows(_DUE, (organization, before, limit))]


def purge(database: Database, organization: str, ident: str) -> bool:
    """Delete the row of a user who is gone, and with it all that refers to it; say whether there was one."""
    gone = database.rows(_PURGE, (organization, ident))
    for connection, removed_at in gone:
        if removed_at is None:
            list_counts.note(database, organization, connection, "User", -1)
    return bool(gone)
