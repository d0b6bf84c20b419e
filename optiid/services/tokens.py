"""Tokens of a connection: create (shown once), rotate, list, revoke."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from optiid.clock import new_id, now, timestamp
from optiid.credentials import digest, mint_token, shown_prefix
from optiid.errors import NotFoundError
from optiid.services import connections, journal, scopes
from optiid.services.author import COMMAND_LINE
from optiid.services.credential_lives import LONGEST_LIFE, OVERLAP, end_of_life, end_of_overlap
from optiid.storage import shard_map, tenants
from optiid.storage.audit import Act
from optiid.storage.journal import Event

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, timedelta

    from optiid.services.author import Author
    from optiid.services.connections import Connection
    from optiid.storage.database import Database


@dataclass(frozen=True, slots=True)
class Token:
    """What may be known of a token: never the secret."""

    id: str
    connection: str
    prefix: str
    created_at: str
    expires_at: str
    last_used_at: str | None = None
    revoked_at: str | None = None
    last_used_address: str | None = None
    last_used_agent: str | None = None
    scopes: str = ""


def create(
    database: Database,
    connection_id: str,
    expires_in: timedelta = LONGEST_LIFE,
    asked: Sequence[str] = (),
    *,
    author: Author = COMMAND_LINE,
) -> tuple[Token, str]:
    """Create a token of some scopes, or for everything, and return it with its secret, which cannot be shown again.

    Raises NotFoundError for the connection and InvalidInputError for unknown scopes, and for a life of no or more than
    365 days (rule R21).
    """
    connection = connections.get(database, connection_id)
    made, secret = _minted(connection, now(), expires_in, scopes.checked(asked))
    details = {"connection": connection.id, "prefix": made.prefix, "expires_at": made.expires_at}
    if made.scopes:
        details["scopes"] = made.scopes

    def work() -> None:
        _insert(database, connection, made, secret)
        _record(database, author, connection.organization, Act("token.created", made.id, details))

    shard_map.announce(database, connection.organization, digest(secret))
    database.transaction(work)
    return made, secret


def rotate(
    database: Database,
    connection_id: str,
    overlap: timedelta = OVERLAP,
    expires_in: timedelta = LONGEST_LIFE,
    *,
    author: Author = COMMAND_LINE,
) -> tuple[Token, str]:
    """Create a token to replace the others of a connection, which end after the overlap, and return it with its secret.

    It has the scopes of the newest that works, or all when none does. One that ends before is not prolonged. Raises
    NotFoundError for the connection and InvalidInputError for a life or an overlap that cannot be.
    """
    moment = now()
    ends_at = end_of_overlap("token", moment, overlap)
    connection = connections.get(database, connection_id)
    working = [one for one in list_all(database, connection.id) if works(one, timestamp(moment))]
    made, secret = _minted(connection, moment, expires_in, working[-1].scopes if working else "")

    def work() -> None:
        ended = tenants.shorten_tokens(database, connection.organization, connection.id, ends_at)
        _insert(database, connection, made, secret)
        details = {
            "connection": connection.id, "prefix": made.prefix, "expires_at": made.expires_at, "ends_at": ends_at,
            "ended": ended,
        }  # fmt: skip
        _record(database, author, connection.organization, Act("token.rotated", made.id, details), ends_at=ends_at)

    shard_map.announce(database, connection.organization, digest(secret))
    database.transaction(work)
    return made, secret


def works(token: Token, moment: str) -> bool:
    """Say whether a token lets anybody in at an instant."""
    return token.revoked_at is None and token.expires_at > moment


def list_all(database: Database, connection_id: str) -> list[Token]:
    """Return the tokens of a connection. Raises NotFoundError."""
    connection = connections.get(database, connection_id)
    records = database.reading(lambda: tenants.tokens(database, connection.organization, connection.id))
    return [Token(**{name: record[name] for name in Token.__slots__}) for record in records]


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


def _minted(connection: Connection, moment: datetime, expires_in: timedelta, allowed: str) -> tuple[Token, str]:
    secret, expires_at = mint_token(), end_of_life("token", moment, expires_in)
    return Token(new_id(), connection.id, shown_prefix(secret), timestamp(moment), expires_at, scopes=allowed), secret


def _insert(database: Database, connection: Connection, made: Token, secret: str) -> None:
    record = asdict(made) | {"organization": connection.organization, "digest": digest(secret)}
    tenants.insert_token(database, record)


def _record(database: Database, author: Author, organization: str, act: Act, **more: str) -> None:
    connection = act.details["connection"]
    events = [Event(act.action, act.target, {"connection": connection, **more})]
    journal.record(database, author, organization, events=events, acts=[act], connection=connection)
