"""Removals that wait for an administrator, as rows, and the users they are about: on the SCIM plane or off it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import peewee

from optiid.clock import timestamp
from optiid.storage import list_counts, statements
from optiid.storage.resources import NameTakenError, Stored, check_open, read_row
from optiid.storage.statements import COLUMNS

if TYPE_CHECKING:
    from collections.abc import Collection

    from optiid.storage.database import Database

_HOLD = (
    "h.organization, h.id, h.resource, h.connection, h.asked, h.why, h.request, h.created_at, h.state, h.settled_at,"
    " h.settled_by"
)
# The name of a user who was erased or purged is nowhere any more.
_SHOWN = f"""
SELECT {_HOLD}, r.display FROM hold h
LEFT JOIN resource r ON r.organization = h.organization AND r.id = h.resource"""

# Primary key of hold; indexes hold_open, hold_connection, hold_resource.
_INSERT = """
INSERT INTO hold (organization, id, resource, connection, asked, why, request, created_at, state)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'open')"""
_FIND = f"{_SHOWN} WHERE h.organization = ? AND h.id = ?"
_OPEN = f"{_SHOWN} WHERE h.organization = ? AND h.resource = ? AND h.state = 'open'"
_HISTORY = f"{_SHOWN} WHERE h.organization = ? AND h.resource = ? ORDER BY h.id"
_PAGE = f"{_SHOWN} WHERE h.organization = ? AND h.id > ?{{chosen}} ORDER BY h.id LIMIT ?"
_ASK = "UPDATE hold SET asked = ?, request = ? WHERE organization = ? AND resource = ? AND state = 'open' RETURNING id"
_SETTLE = """
UPDATE hold SET state = ?, settled_at = ?, settled_by = ?
WHERE organization = ? AND resource {among} AND state = 'open' RETURNING id, resource"""
_REHOME = "UPDATE hold SET connection = ? WHERE organization = ? AND resource {among} AND state = 'open'"
_COUNTS = """
SELECT h.connection, COUNT(*), MIN(h.created_at) FROM hold h
WHERE h.organization = ? AND h.state = 'open' GROUP BY h.connection ORDER BY h.connection"""

# Primary key of resource.
_LOCK = f"SELECT {COLUMNS}, r.removed_at FROM resource r WHERE r.organization = ? AND r.id = ?{{lock}}"
# While a plan stands before the connection its rows stand still, as for the writes in `statements`.
_IF_OPEN = """AND EXISTS (SELECT 1 FROM connection c
  WHERE c.organization = resource.organization AND c.id = resource.connection AND c.plan = ''{gate})"""
_HIDE = f"UPDATE resource SET removed_at = ? WHERE organization = ? AND id = ? {_IF_OPEN}"
_SHOW = f"""
UPDATE resource SET removed_at = NULL, version = version + 1, updated_at = ?
WHERE organization = ? AND id = ? {_IF_OPEN}"""

# Index resource_living_name.
_HIDDEN_BY_NAME = f"""
SELECT {COLUMNS} FROM resource r
WHERE r.organization = ? AND r.type = 'User' AND r.name_key = ? AND r.connection = ?
 AND r.state NOT IN ('gone', 'planned') AND r.removed_at IS NOT NULL{{lock}}"""


@dataclass(frozen=True, slots=True)
class Hold:
    """A removal of a user that waits, or waited, for an administrator.

    `asked` is deactivate, delete or erase, `why` brake or last_administrator, `request` the id of the request that
    asked last. `display` is the user's name for people, None when the user is erased or purged.
    """

    organization: str
    id: str
    resource: str
    connection: str
    asked: str
    why: str
    request: str
    created_at: str
    state: str = "open"
    settled_at: str | None = None
    settled_by: str | None = None
    display: str | None = None


@dataclass(frozen=True, slots=True)
class Held:
    """The resource of a hold; `hidden`: the SCIM plane answers 404 for it."""

    stored: Stored
    hidden: bool


def place(database: Database, hold: Hold) -> None:
    """Store a new hold."""
    parameters = (
        hold.organization, hold.id, hold.resource, hold.connection, hold.asked, hold.why, hold.request, hold.created_at,
    )  # fmt: skip
    database.execute(_INSERT, parameters)


def find(database: Database, organization: str, ident: str) -> Hold | None:
    """Return a hold, or None."""
    row = database.row(_FIND, (organization, ident))
    return None if row is None else Hold(*row)


def open_of(database: Database, organization: str, resource: str) -> Hold | None:
    """Return the open hold of a user, or None."""
    row = database.row(_OPEN, (organization, resource))
    return None if row is None else Hold(*row)


def history(database: Database, organization: str, resource: str) -> list[Hold]:
    """Return all holds of a user, oldest first."""
    return [Hold(*row) for row in database.rows(_HISTORY, (organization, resource))]


def page(
    database: Database, organization: str, connection: str | None = None, after: str = "", limit: int = 200
) -> list[Hold]:
    """Return open holds whose id follows `after`, oldest first, of a connection or of all."""
    chosen, bound = ("", []) if connection is None else (" AND h.connection = ?", [connection])
    sql = _PAGE.format(chosen=f"{chosen} AND h.state = 'open'")
    return [Hold(*row) for row in database.rows(sql, (organization, after, *bound, limit))]


def page_of_all(
    database: Database, organization: str, connection: str | None = None, after: str = "", limit: int = 200
) -> list[Hold]:
    """Return holds, settled ones, too, whose id follows `after`, oldest first, of a connection or of all."""
    chosen, bound = ("", []) if connection is None else (" AND h.connection = ?", [connection])
    return [Hold(*row) for row in database.rows(_PAGE.format(chosen=chosen), (organization, after, *bound, limit))]


def ask(database: Database, organization: str, resource: str, asked: str, request: str) -> str | None:
    """Say that something else is asked of an open hold from now on; return its id, None when there is none."""
    row = database.row(_ASK, (asked, request, organization, resource))
    return None if row is None else row[0]


def settle(
    database: Database, organization: str, resources: Collection[str], state: str, by: str
) -> list[tuple[str, str]]:
    """End the open holds of users as released, rejected or cancelled; return the ids of each hold and its user."""
    parameters = (state, timestamp(), by, organization, database.dialect.list_parameter(resources))
    return [(ident, resource) for ident, resource in database.rows(database.dialect.fixed(_SETTLE), parameters)]


def rehome(database: Database, organization: str, resources: Collection[str], connection: str) -> None:
    """Let the open holds of users follow them to another connection."""
    parameters = (connection, organization, database.dialect.list_parameter(resources))
    database.execute(database.dialect.fixed(_REHOME), parameters)


def counts(database: Database, organization: str) -> list[tuple[str, int, str]]:
    """Return the connections with open holds, how many, and since when."""
    return [(connection, number, since) for connection, number, since in database.rows(_COUNTS, (organization,))]


def lock(database: Database, organization: str, resource: str) -> Held | None:
    """Return the resource of a hold and keep its row until the transaction ends; None when it is gone for good."""
    row = database.row(database.dialect.fixed(_LOCK), (organization, resource))
    return None if row is None else Held(read_row(row[:-1]), row[-1] is not None)


def hide(database: Database, stored: Stored) -> None:
    """Take a user off the SCIM plane while the directory still shows them."""
    _move(database, _HIDE, stored)
    list_counts.note(database, stored.organization, stored.connection, stored.type, -1)


def show(database: Database, stored: Stored) -> None:
    """Put a hidden user back on the SCIM plane, and in their groups there. Raises NameTakenError."""
    try:
        _move(database, _SHOW, stored)
    except peewee.IntegrityError as error:
        raise NameTakenError("The name is taken") from error
    list_counts.note(database, stored.organization, stored.connection, stored.type, 1)


def _move(database: Database, sql: str, stored: Stored) -> None:
    now = timestamp()
    check_open(database.execute(database.dialect.fixed(sql), (now, stored.organization, stored.id)).rowcount)
    database.execute(statements.TOUCH_GROUPS, (now, stored.organization, stored.organization, stored.id))


def hidden_by_name(database: Database, organization: str, connection: str, name_key: str) -> Stored | None:
    """Return the user of a connection who bears a name in the directory and is off the SCIM plane, and hold the row."""
    row = database.row(database.dialect.fixed(_HIDDEN_BY_NAME), (organization, name_key, connection))
    return None if row is None else read_row(row)
