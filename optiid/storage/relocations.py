"""Rows that say what is on its way from a connection to another owner, and the end of a connection."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from optiid.clock import timestamp
from optiid.storage import clients
from optiid.storage.models.ownership import Relocation as RelocationRow
from optiid.storage.models.tenants import Connection, Token

if TYPE_CHECKING:
    from optiid.storage.database import Database

_OWNS = "SELECT 1 FROM resource r WHERE r.organization = ? AND r.connection = ? LIMIT 1"


@dataclass(frozen=True, slots=True)
class Relocation:
    """All that a connection owns, on its way; `kind` is move, keep or delete, the states are those from before."""

    organization: str
    source: str
    target: str
    kind: str
    source_state: str
    target_state: str
    started_at: str


def begin(database: Database, relocation: Relocation) -> None:
    """Note that it is under way."""
    RelocationRow.insert(asdict(relocation)).execute(database.engine)


def of_connection(database: Database, organization: str, connection: str) -> Relocation | None:
    """Return the one that a connection takes part in, or None."""
    part = (RelocationRow.source == connection) | (RelocationRow.target == connection)
    chosen = RelocationRow.select().where((RelocationRow.organization == organization) & part)
    return next((Relocation(**row) for row in chosen.dicts().execute(database.engine)), None)


def all_of(database: Database) -> list[Relocation]:
    """Return all that are under way, or were cut off, by age."""
    rows = RelocationRow.select().order_by(RelocationRow.started_at).dicts().execute(database.engine)
    return [Relocation(**row) for row in rows]


def end(database: Database, relocation: Relocation) -> None:
    """Note that all has arrived."""
    chosen = (RelocationRow.organization == relocation.organization) & (RelocationRow.source == relocation.source)
    RelocationRow.delete().where(chosen).execute(database.engine)


def owns_any(database: Database, organization: str, connection: str) -> bool:
    """Say whether a connection still owns a resource, deleted ones included."""
    return database.row(_OWNS, (organization, connection)) is not None


def revoke_credentials(database: Database, organization: str, connection: str) -> int:
    """Revoke the OAuth clients and all tokens of a connection and return how many tokens still worked."""
    clients.revoke_all(database, organization, connection)
    chosen = (Token.organization == organization) & (Token.connection == connection) & Token.revoked_at.is_null()
    number: int = Token.update(revoked_at=timestamp()).where(chosen).execute(database.engine)
    return number


def delete_connection(database: Database, organization: str, connection: str) -> None:
    """Delete a connection that owns nothing, with its tokens, clients, logs and questions."""
    chosen = (Connection.organization == organization) & (Connection.id == connection)
    Connection.delete().where(chosen).execute(database.engine)
