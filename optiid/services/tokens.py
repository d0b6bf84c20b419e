"""Tokens of a connection: create (shown once), list, revoke."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from optiid.clock import new_id, now, timestamp
from optiid.credentials import digest, mint_token, shown_prefix
from optiid.errors import InvalidInputError, NotFoundError
from optiid.services import connections, journal
from optiid.services.author import COMMAND_LINE
from optiid.storage import shard_map, tenants
from optiid.storage.audit import Act
from optiid.storage.journal import Event

if TYPE_CHECKING:
    from optiid.services.author import Author
    from optiid.storage.database import Database

LONGEST_LIFE = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Token:
    """What may be known of a token: never the secret."""

    id: str
    connection: str
    prefix: str
    created_at: str
    expires_at: str
    last_used_at: str | None
    revoked_at: str | None


def create(
    database: Database, connection_id: str, expires_in: timedelta = LONGEST_LIFE, *, author: Author = COMMAND_LINE
) -> tuple[Token, str]:
    """Create a token and return it with its secret, which cannot be shown again.

    Raises NotFoundError for the connection and InvalidInputError for a life of no or more than 365 days (rule R21).
    """
    if not timedelta(0) < expires_in <= LONGEST_LIFE:
        raise InvalidInputError("A token lives at least a moment and at most 365 days (365d)")
    connection = connections.get(database, connection_id)
    secret, moment = mint_token(), now()
    made = Token(
        new_id(), connection.id, shown_prefix(secret), timestamp(moment), timestamp(moment + expires_in), None, None
    )
    record = {
        "id": made.id,
        "organization": connection.organization,
        "connection": connection.id,
        "digest": digest(secret),
        "prefix": made.prefix,
        "created_at": made.created_at,
        "expires_at": made.expires_at,
    }
    details = {"connection": connection.id, "prefix": made.prefix, "expires_at": made.expires_at}

    def work() -> None:
        tenants.insert_token(database, record)
        _record(database, author, connection.organization, Act("token.created", made.id, details))

    shard_map.announce(database, connection.organization, record["digest"])
    database.transaction(work)
    return made, secret


def list_all(database: Database, connection_id: str) -> list[Token]:
    """Return the tokens of a connection. Raises NotFoundError."""
    connection = connections.get(database, connection_id)
    records = database.reading(lambda: tenants.tokens(database, connection.organization, connection.id))
    return [_read(record) for record in records]


def revoke(database: Database, token_id: str, *, author: Author = COMMAND_LINE) -> None:
    """Revoke a token; every worker refuses it from its next request on. Raises NotFoundError."""

    def work() -> None:
        found = tenants.revoke_token(database, token_id)
        if found is None:
            raise NotFoundError(f"There is no token {token_id!r}; `optiid token list CONNECTION_ID` shows them")
        if found["revoked_at"] is None:
            act = Act("token.revoked", token_id, {"connection": found["connection"]})
            _record(database, author, found["organization"], act)

    database.transaction(work)


def _record(database: Database, author: Author, organization: str, act: Act) -> None:
    connection = act.details["connection"]
    events = [Event(act.action, act.target, {"connection": connection})]
    journal.record(database, author, organization, events=events, acts=[act], connection=connection)


def _read(record: dict[str, Any]) -> Token:
    return Token(
        record["id"],
        record["connection"],
        record["prefix"],
        record["created_at"],
        record["expires_at"],
        record["last_used_at"],
        record["revoked_at"],
    )
