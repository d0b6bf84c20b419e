"""OAuth clients of a connection: create, rotate their secrets, list, revoke."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from optiid.clock import new_id, now, timestamp
from optiid.credentials import digest, mint_client_secret, shown_prefix
from optiid.errors import ConflictError, InvalidInputError, NotFoundError
from optiid.services import connections, journal, scopes
from optiid.services.author import COMMAND_LINE
from optiid.services.organizations import checked_name
from optiid.services.tokens import LONGEST_LIFE, OVERLAP
from optiid.storage import clients
from optiid.storage.audit import Act
from optiid.storage.journal import Event
from optiid.storage.shards import FIRST, ShardDatabase

if TYPE_CHECKING:
    from collections.abc import Sequence

    from optiid.services.author import Author
    from optiid.storage.database import Database


@dataclass(frozen=True, slots=True)
class Client:
    """What may be known of a client; without a key set it has secrets."""

    id: str
    connection: str
    name: str
    scopes: str
    key_set: str
    created_at: str
    revoked_at: str | None = None


@dataclass(frozen=True, slots=True)
class Secret:
    """A new secret of a client, shown this once."""

    secret: str
    expires_at: str


def _checked(key_set: str) -> str:
    from optiid.services.assertions import checked_keys  # noqa: PLC0415 - cryptography would be a sixth of every start

    return checked_keys(key_set)


def create(
    database: Database, connection_id: str, name: str, asked: Sequence[str] = (), key_set: str = "",
    *, author: Author = COMMAND_LINE,
) -> tuple[Client, Secret | None]:  # fmt: skip
    """Create a client that signs with the keys of a JWKS, or without one its first secret, too.

    Raises NotFoundError for the connection, InvalidInputError for a name, scopes or keys that cannot be, and
    ConflictError on a further shard: the token endpoint looks on the first one alone.
    """
    if isinstance(database, ShardDatabase) and database.name != FIRST:
        raise ConflictError("OAuth clients are for organizations on the first shard: use a token")
    connection = connections.get(database, connection_id)
    keys = _checked(key_set) if key_set else ""
    made = Client(new_id(), connection.id, checked_name(name), scopes.checked(asked), keys, timestamp())
    secret = None if keys else _minted(LONGEST_LIFE)
    organization = connection.organization

    def work() -> None:
        clients.insert(database, asdict(made) | {"organization": organization})
        if secret is not None:
            _insert(database, organization, made.id, secret)
        _record(database, author, organization, "client.created", made)

    database.transaction(work)
    return made, secret


def rotate(
    database: Database,
    client_id: str,
    overlap: timedelta = OVERLAP,
    expires_in: timedelta = LONGEST_LIFE,
    *,
    author: Author = COMMAND_LINE,
) -> Secret:
    """Create a secret in place of those of a client, which end after the overlap.

    Raises NotFoundError, ConflictError for a client with keys or a revoked one, InvalidInputError for wrong times.
    """
    if not timedelta(0) <= overlap <= LONGEST_LIFE or not timedelta(0) < expires_in <= LONGEST_LIFE:
        raise InvalidInputError("A secret lives at least a moment and at most 365 days (365d), and so does the overlap")
    organization, client = _read(client_id, database.reading(lambda: clients.find(database, client_id)))
    if client.key_set or client.revoked_at is not None:
        raise ConflictError(f"Client {client.id} has no secrets, or was revoked: create another one")
    secret = _minted(expires_in)

    def work() -> None:
        clients.shorten_secrets(database, organization, client.id, timestamp(now() + overlap))
        _insert(database, organization, client.id, secret)
        _record(database, author, organization, "client.rotated", client)

    database.transaction(work)
    return secret


def list_all(database: Database, connection_id: str) -> list[Client]:
    """Return the clients of a connection by age. Raises NotFoundError."""
    connection = connections.get(database, connection_id)
    found = database.reading(lambda: clients.of_connection(database, connection.organization, connection.id))
    return [_read(one["id"], one)[1] for one in found]


def revoke(database: Database, client_id: str, *, author: Author = COMMAND_LINE) -> None:
    """Revoke a client, and with it the access tokens it was given. Raises NotFoundError."""
    organization, client = _read(client_id, database.reading(lambda: clients.find(database, client_id)))

    def work() -> None:
        if clients.revoke(database, organization, client.id):
            _record(database, author, organization, "client.revoked", client)

    database.transaction(work)


def _minted(expires_in: timedelta) -> Secret:
    return Secret(mint_client_secret(), timestamp(now() + expires_in))


def _insert(database: Database, organization: str, client: str, secret: Secret) -> None:
    record = {
        "organization": organization,
        "id": new_id(),
        "client": client,
        "digest": digest(secret.secret),
        "prefix": shown_prefix(secret.secret),
        "created_at": timestamp(),
        "expires_at": secret.expires_at,
    }
    clients.insert_secret(database, record)


def _read(ident: str, record: dict[str, Any] | None) -> tuple[str, Client]:
    if record is None:
        raise NotFoundError(f"There is no client {ident[:64]!r}; `optiid client list CONNECTION_ID` shows them")
    return record["organization"], Client(**{name: record[name] for name in Client.__slots__})


def _record(database: Database, author: Author, organization: str, action: str, client: Client) -> None:
    events = [Event(action, client.id, {"connection": client.connection})]
    act = Act(action, client.id, {"connection": client.connection, "name": client.name})
    journal.record(database, author, organization, events=events, acts=[act], connection=client.connection)
