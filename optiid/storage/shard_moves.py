"""The rows of one organization on their way from one shard's database to another's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optiid.errors import ConflictError
from optiid.storage import row_copies
from optiid.storage.dialects import POSTGRESQL
from optiid.storage.shards import MOVING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from optiid.storage.catalog import Table
    from optiid.storage.database import Database, Row

# What tells of shards, not of an organization.
MAP = ("shard_placement", "shard_route")
_HOLD = "SELECT 1 FROM connection c WHERE c.organization = ? AND c.id = ?"
_HOLD_WHOLE = "SELECT 1 FROM shard_placement p WHERE p.organization = ''"
_SET_GATE = "UPDATE connection SET state = ? WHERE organization = ? AND id = ?"
_CLOSE_WHOLE = "UPDATE shard_placement SET stage = ? WHERE organization = ''"
# Copies that came from elsewhere are closed, too, and hidden.
_OPEN_WHOLE = """
UPDATE shard_placement SET stage = '' WHERE organization = '' AND NOT EXISTS (
 SELECT 1 FROM connection c JOIN organization o ON o.id = c.organization
 WHERE c.id = c.organization AND c.state = ? AND o.plan_of IS NULL)"""
_IS_CLOSED = """
SELECT 1 FROM connection c JOIN shard_placement p ON p.organization = ''
WHERE c.organization = ? AND c.id = ? AND c.state = ? AND p.stage = ?"""
_HIDE = "UPDATE organization SET plan_of = ? WHERE id = ?"
_SHOWN = "SELECT o.name FROM organization o WHERE o.id = ? AND (o.plan_of IS NULL OR o.plan_of <> o.id)"
_PLANS = "SELECT o.id FROM organization o WHERE o.plan_of = ? AND o.id <> ? ORDER BY o.id"


def close_gate(database: Database, organization: str) -> None:
    """Let no transaction for the organization, or by a key of the installation, begin; those under way end first."""

    def work() -> None:
        whole = _whole(database)
        database.row(_HOLD + whole, (organization, organization))
        database.row(_HOLD_WHOLE + whole)
        database.execute(_SET_GATE, (MOVING, organization, organization))
        database.execute(_CLOSE_WHOLE, (MOVING,))

    database.transaction(work)


def open_whole_gate(database: Database) -> None:
    """Let keys of the installation write here again, unless another organization is on its way from here."""

    def work() -> None:
        database.row(_HOLD_WHOLE + _whole(database))
        database.execute(_OPEN_WHOLE, (MOVING,))

    database.transaction(work)


def _whole(database: Database) -> str:
    return " FOR UPDATE" if database.dialect is POSTGRESQL else ""


def open_gate(database: Database, organization: str) -> None:
    """Let everybody see the organization and write to it; inside a transaction."""
    database.execute(_HIDE, (None, organization))
    database.execute(_SET_GATE, ("active", organization, organization))


def is_closed(database: Database, organization: str) -> bool:
    """Say whether writes to the organization, and by keys of the installation, are held off here."""
    row = database.reading(lambda: database.row(_IS_CLOSED, (organization, organization, MOVING, MOVING)))
    return row is not None


def is_shown(database: Database, organization: str) -> bool:
    """Say whether the organization lies here for everybody to see."""
    return database.reading(lambda: database.row(_SHOWN, (organization,))) is not None


def retire(database: Database, organization: str) -> None:
    """Let nobody find the organization here any more, or be let in by what lies here."""

    def work() -> None:
        database.execute(_HIDE, (organization, organization))
        for table in ("token", "api_key", "oauth_client"):
            database.execute(f"DELETE FROM {table} WHERE organization = ?", (organization,))

    database.transaction(work)


def whole(database: Database, organization: str) -> list[str]:
    """Return the organization and the hidden ones of its plans."""
    rows = database.reading(lambda: database.rows(_PLANS, (organization, organization)))
    return [organization, *(row[0] for row in rows)]


def rows(database: Database, table: Table, organization: str) -> Iterator[list[Row]]:
    """Yield an organization's rows of a table in slices, as they are to be at the other side: hidden until it opens."""
    for found in row_copies.slices(database, table, organization=organization):
        if table.name != "organization":
            yield found
            continue
        place = table.columns.index("plan_of")
        yield [(*row[:place], row[place] or organization, *row[place + 1 :]) for row in found]


def remove(database: Database, tables: Sequence[Table], organization: str) -> None:
    """Remove all rows of an organization that nobody sees here. Raises ConflictError for one that is seen."""
    if is_shown(database, organization):
        raise ConflictError("The organization lies on both shards for everybody to see: nothing was removed")
    for ident in reversed(whole(database, organization)):
        for table in reversed(tables):
            sql = f'DELETE FROM "{table.name}" WHERE "{row_copies.owner_column(table)}" = ?'
            database.transaction(lambda sql=sql, ident=ident: database.execute(sql, (ident,)))  # type: ignore[misc]
