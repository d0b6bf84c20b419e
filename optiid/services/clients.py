"""OAuth clients of a connection: create, rotate their secrets, give them keys, list, revoke."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from optiid.clock import new_id, now, timestamp
from optiid.credentials import digest, mint_client_secret, shown_prefix
from optiid.errors import ConflictError, NotFoundError
from optiid.services import connections, journal, scopes
from optiid.services.author import COMMAND_LINE
from optiid.services.credential_lives import LONGEST_LIFE, OVERLAP, end_of_life, end_of_overlap
from optiid.services.organizations import checked_name
from optiid.storage import clients, shard_map
from optiid.storage.audit import Act
from optiid.storage.journal import Event

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, timedelta

    from optiid.services.author import Author
    from optiid.storage.database import Database

# Later than any timestamp.
FOREVER = "9999"


@dataclass(frozen=True, slots=True)
class Secret:
    """What may be known of a secret: never itself."""

    prefix: str
    created_at: str
    expires_at: str
    last_used_at: str | None = None
    last_used_address: str | None = None
    last_used_agent: str | None = None


@dataclass(frozen=True, slots=True)
class Client:
    """What may be known of a client; without a key set it has secrets, and was last used when one of them was."""

    id: str
    connection: str
    name: str
    scopes: str
    key_set: str
    created_at: str
    revoked_at: str | None = None
    last_used_at: str | None = None
    last_used_address: str | None = None
    last_used_agent: str | None = None
    secrets: tuple[Secret, ...] = ()

    @property
    def proves_itself_by(self) -> str:
        """How it proves who it is: by a secret, or by assertions (RFC 7523)."""
        return "private_key_jwt" if self.key_set else "secret"


@dataclass(frozen=True, slots=True)
class NewSecret:
    """A new secret of a client, shown this once."""

    secret: str
    expires_at: str


def create(
    database: Database, connection_id: str, name: str, asked: Sequence[str] = (), key_set: str = "",
    *, author: Author = COMMAND_LINE,
) -> tuple[Client, NewSecret | None]:  # fmt: skip
    """Create a client that signs with the keys of a JWKS, or without one its first secret, too.

    Raises NotFoundError for the connection, and InvalidInputError for a name, scopes or keys that cannot be.
    """
    connection, moment = connections.get(database, connection_id), now()
    keys = _checked(key_set) if key_set else ""
    made = Client(new_id(), connection.id, checked_name(name), scopes.checked(asked), keys, timestamp(moment))
    secret = None if keys else _minted(moment, LONGEST_LIFE)
    organization = connection.organization
    record = {field: getattr(made, field) for field in made.__slots__ if field != "secrets"}

    def work() -> Client:
        clients.insert(database, record | {"organization": organization})
        secrets = () if secret is None else (_insert(database, organization, made.id, secret, moment),)
        _record(database, author, organization, "client.created", made)
        return replace(made, secrets=secrets)

    shard_map.announce(database, organization, made.id)
    return database.transaction(work), secret


def rotate(
    database: Database,
    client_id: str,
    overlap: timedelta = OVERLAP,
    expires_in: timedelta = LONGEST_LIFE,
    *,
    author: Author = COMMAND_LINE,
) -> NewSecret:
    """Create a secret to replace those of a client, which end after the overlap; without any, its access tokens, too.

    Raises NotFoundError, ConflictError for a client with keys or a revoked one, InvalidInputError for wrong times.
    """
    moment = now()
    ends_at = end_of_overlap("secret", moment, overlap)
    organization, client = _living(database, client_id)
    if client.key_set:
        raise ConflictError(f"Client {client.id} proves itself by keys and has no secrets: replace its JWKS")
    secret = _minted(moment, expires_in)

    def work() -> None:
        clients.shorten_secrets(database, organization, client.id, ends_at)
        if not overlap:
            clients.end_access(database, organization, client.id)
        _insert(database, organization, client.id, secret, moment)
        _record(database, author, organization, "client.rotated", client, ends_at=ends_at)

    database.transaction(work)
    return secret


def set_keys(database: Database, client_id: str, key_set: str, *, author: Author = COMMAND_LINE) -> None:
    """Give a client a JWKS, which may hold its old key beside the new one as long as both are in use; secrets end.

    Raises NotFoundError, ConflictError for a client that was revoked, and InvalidInputError for the keys.
    """
    keys = _checked(key_set)
    organization, client = _living(database, client_id)

    def work() -> None:
        clients.change_keys(database, organization, client.id, keys)
        clients.shorten_secrets(database, organization, client.id, timestamp())
        _record(database, author, organization, "client.keys_set", client)

    database.transaction(work)


def list_all(database: Database, connection_id: str) -> list[Client]:
    """Return the clients of a connection by age. Raises NotFoundError."""
    connection = connections.get(database, connection_id)
    place = (connection.organization, connection.id)
    found = database.reading(lambda: clients.of_connection(database, *place))
    secrets = database.reading(lambda: clients.secrets(database, *place)) if found else []
    return [_read(one, [each for each in secrets if each["client"] == one["id"]]) for one in found]


def works_until(client: Client) -> str:
    """Return until when a client can prove who it is, to be compared with timestamps; empty for one that never can."""
    if client.revoked_at is not None:
        return ""
    return FOREVER if client.key_set else max((one.expires_at for one in client.secrets), default="")


def revoke(database: Database, client_id: str, *, author: Author = COMMAND_LINE) -> None:
    """Revoke a client, and with it the access tokens it was given. Raises NotFoundError."""
    organization, client = _find(database, client_id)

    def work() -> None:
        if clients.revoke(database, organization, client.id):
            _record(database, author, organization, "client.revoked", client)

    database.transaction(work)


def _checked(key_set: str) -> str:
    from optiid.services.assertions import checked_keys  # noqa: PLC0415 - cryptography would be a sixth of every start

    return checked_keys(key_set)


def _minted(moment: datetime, expires_in: timedelta) -> NewSecret:
    return NewSecret(mint_client_secret(), end_of_life("secret", moment, expires_in))


def _insert(database: Database, organization: str, client: str, secret: NewSecret, moment: datetime) -> Secret:
    made = Secret(shown_prefix(secret.secret), timestamp(moment), secret.expires_at)
    named = {"organization": organization, "id": new_id(), "client": client, "digest": digest(secret.secret)}
    clients.insert_secret(database, asdict(made) | named)
    return made


def _find(database: Database, ident: str) -> tuple[str, Client]:
    record = database.reading(lambda: clients.find(database, ident))
    if record is None:
        raise NotFoundError(f"There is no client {ident[:64]!r}; `optiid client list CONNECTION_ID` shows them")
    return record["organization"], _read(record, [])


def _living(database: Database, ident: str) -> tuple[str, Client]:
    """Return a client with its organization. Raises NotFoundError, and ConflictError for one that was revoked."""
    organization, client = _find(database, ident)
    if client.revoked_at is not None:
        raise ConflictError(f"Client {client.id} was revoked on {client.revoked_at[:10]}: create another one")
    return organization, client


def _read(record: dict[str, Any], secrets: Sequence[dict[str, Any]]) -> Client:
    known = tuple(Secret(**{name: each[name] for name in Secret.__slots__}) for each in secrets)
    client = Client(**{name: record[name] for name in Client.__slots__ if name != "secrets"}, secrets=known)
    newest = max((one for one in known if one.last_used_at), key=lambda one: one.last_used_at or "", default=None)
    if newest is None:
        return client
    return replace(
        client, last_used_at=newest.last_used_at, last_used_address=newest.last_used_address,
        last_used_agent=newest.last_used_agent,
    )  # fmt: skip


def _record(database: Database, author: Author, organization: str, action: str, client: Client, **more: str) -> None:
    about = {"connection": client.connection, **more}
    act = Act(action, client.id, about | {"name": client.name})
    events = [Event(action, client.id, about)]
    journal.record(database, author, organization, events=events, acts=[act], connection=client.connection)
