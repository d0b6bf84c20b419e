"""Rows of teams: groups that belong to a product instance."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optiid.clock import timestamp
from optiid.storage.keys import name_column

if TYPE_CHECKING:
    from optiid.storage.database import Database
    from optiid.storage.resources import Scope

_INSERT = "INSERT INTO team (organization, group_id, instance, name_key, created_at) VALUES (?, ?, ?, ?, ?)"

# Primary key of team.
_INSTANCE = "SELECT t.instance FROM team t WHERE t.organization = ? AND t.group_id = ?"
_RENAME = "UPDATE team SET name_key = ? WHERE organization = ? AND group_id = ?"

# Index team_instance.
_COUNT = "SELECT COUNT(*) FROM team t WHERE t.organization = ? AND t.instance = ?"

# Index team_name. The limit is filled in: SQLite plans a statement anew each time one is bound.
_NAMED = """
SELECT g.display FROM team t
JOIN resource g ON g.organization = t.organization AND g.id = t.group_id
WHERE t.organization = ? AND t.name_key = ? AND g.connection = ? AND g.removed_at IS NULL
ORDER BY t.group_id LIMIT {limit:d}"""


def insert(database: Database, organization: str, group_id: str, instance: str, name: str) -> None:
    """Store that a group is the team of that name, which has no suffix, in an instance."""
    database.execute(_INSERT, (organization, group_id, instance, name_column(name), timestamp()))


def rename(database: Database, organization: str, group_id: str, name: str) -> None:
    """Store the new name, without suffix, of a team."""
    database.execute(_RENAME, (name_column(name), organization, group_id))


def instance_of(database: Database, organization: str, group_id: str) -> str | None:
    """Return the instance that a group is a team in, or None."""
    row = database.row(_INSTANCE, (organization, group_id))
    return None if row is None else row[0]


def count_of_instance(database: Database, organization: str, instance: str) -> int:
    """Return how many teams an instance has."""
    row = database.row(_COUNT, (organization, instance))
    return row[0] if row else 0


def full_names(database: Database, scope: Scope, name: str, limit: int) -> list[str]:
    """Return the names, with suffix, of the teams of a connection that bear a name without it."""
    parameters = (scope.organization, name_column(name), scope.connection)
    rows = database.rows(_NAMED.format(limit=limit), parameters)
    return [row[0] for row in rows]
