"""Rows of OAuth clients, of their secrets and assertions, and of the access tokens they are given."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from optiid.clock import timestamp
from optiid.storage.models.clients import ClientSecret, OAuthClient

if TYPE_CHECKING:
    from collections.abc import Sequence

    from optiid.storage.database import Database, Row

Record = dict[str, Any]
# A client, like a token, selects its organization: by its id, which is unique.
FIND_CLIENT = """
SELECT c.organization, c.connection, c.scopes, c.key_set, c.last_used_at
FROM oauth_client c WHERE c.id = ? AND c.revoked_at IS NULL"""
FIND_BY_SECRET = """
SELECT c.organization, c.connection, c.scopes, s.id, s.last_used_at, s.expires_at
FROM client_secret s JOIN oauth_client c ON c.organization = s.organization AND c.id = s.client
WHERE s.digest = ? AND c.id = ? AND c.revoked_at IS NULL"""  # noqa: S105 - no secret
_USE_ASSERTION = """
INSERT INTO client_assertion (organization, client, digest, expires_at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING"""
_TOUCH = """
UPDATE {table} SET last_used_at = ?, last_used_address = ?, last_used_agent = ? WHERE organization = ? AND id = ?"""
_TOUCH_CLIENT, _TOUCH_SECRET = _TOUCH.format(table="oauth_client"), _TOUCH.format(table="client_secret")
# Nobody need be told of their end again: somebody wants it.
_SHORTEN = """
UPDATE client_secret SET expires_at = ?, noticed_days = 0 WHERE organization = ? AND client = ? AND expires_at > ?"""
_END_ACCESS = """
UPDATE token SET revoked_at = ? WHERE organization = ? AND client = ? AND revoked_at IS NULL"""
_SURPLUS_ACCESS = """
SELECT t.digest FROM token t WHERE t.organization = ? AND t.connection = ? AND t.client = ?
ORDER BY t.id DESC LIMIT 1000 OFFSET ?"""
_ENDED_ACCESS = "SELECT t.digest FROM token t WHERE t.organization = ? AND t.client <> '' AND t.expires_at < ?"
_DELETE_ACCESS = "DELETE FROM token WHERE organization = ? AND client <> '' AND digest {among}"
_SWEEP_ASSERTIONS = "DELETE FROM client_assertion WHERE organization = ? AND expires_at < ?"


def insert(database: Database, record: Record) -> None:
    """Store a client."""
    OAuthClient.insert(record).execute(database.engine)


def insert_secret(database: Database, record: Record) -> None:
    """Store the digest of a secret."""
    ClientSecret.insert(record).execute(database.engine)


def of_connection(database: Database, organization: str, connection: str) -> list[Record]:
    """Return the clients of a connection by age."""
    chosen = (OAuthClient.organization == organization) & (OAuthClient.connection == connection)
    return list(OAuthClient.select().where(chosen).order_by(OAuthClient.id).dicts().execute(database.engine))


def secrets(database: Database, organization: str, connection: str) -> list[Record]:
    """Return the secrets of the clients of a connection by age, without their digests."""
    hidden = (ClientSecret.digest, ClientSecret.noticed_days)
    shown = [field for field in ClientSecret._meta.sorted_fields if field not in hidden]  # noqa: SLF001 - peewee's way
    of_it = OAuthClient.select(OAuthClient.id).where(
        (OAuthClient.organization == organization) & (OAuthClient.connection == connection)
    )
    chosen = (ClientSecret.organization == organization) & ClientSecret.client.in_(of_it)
    return list(ClientSecret.select(*shown).where(chosen).order_by(ClientSecret.id).dicts().execute(database.engine))


def find(database: Database, ident: str) -> Record | None:
    """Return a client by its id alone, as administrators name it; None when there is none."""
    rows = list(OAuthClient.select().where(OAuthClient.id == ident).dicts().execute(database.engine))
    return rows[0] if rows else None


def find_client(database: Database, ident: str) -> Row | None:
    """Return what belongs to a client that was not revoked (columns of FIND_CLIENT), or None."""
    return database.row(FIND_CLIENT, (ident,))


def find_secret(database: Database, ident: str, digest: str) -> Row | None:
    """Return what belongs to a client and its secret (columns of FIND_BY_SECRET), or None."""
    return database.row(FIND_BY_SECRET, (digest, ident))


def touch(
    database: Database, organization: str, client: str, secret: str, moment: str, origin: tuple[str, str]
) -> None:
    """Note when a secret, or without its id a client, was last used, and the address and User-Agent that used it."""
    database.execute(_TOUCH_SECRET if secret else _TOUCH_CLIENT, (moment, *origin, organization, secret or client))


def shorten_secrets(database: Database, organization: str, client: str, ends_at: str) -> None:
    """Let the secrets of a client end at an instant, unless they end before."""
    database.execute(_SHORTEN, (ends_at, organization, client, ends_at))


def ending_secrets(database: Database, organization: str, since: str, before: str) -> list[Record]:
    """Return the working secrets of an organization that end between two instants, by age."""
    shown = (
        ClientSecret.id, ClientSecret.client, OAuthClient.connection, ClientSecret.prefix, ClientSecret.created_at,
        ClientSecret.expires_at, ClientSecret.noticed_days,
    )  # fmt: skip
    its = (OAuthClient.organization == ClientSecret.organization) & (OAuthClient.id == ClientSecret.client)
    ending = (ClientSecret.expires_at > since) & (ClientSecret.expires_at <= before)
    chosen = (ClientSecret.organization == organization) & ending & OAuthClient.revoked_at.is_null()
    found = ClientSecret.select(*shown).join(OAuthClient, on=its).where(chosen).order_by(ClientSecret.id)
    return list(found.dicts().execute(database.engine))


def note_ending(database: Database, organization: str, secret: str, days: int) -> bool:
    """Note that the end of a secret was told, so many days before; say whether this is the first to tell of it."""
    told = ClientSecret.noticed_days.is_null() | (ClientSecret.noticed_days > days)
    chosen = (ClientSecret.organization == organization) & (ClientSecret.id == secret) & told
    return bool(ClientSecret.update(noticed_days=days).where(chosen).execute(database.engine))


def change_keys(database: Database, organization: str, ident: str, key_set: str) -> None:
    """Replace the JWKS of a client."""
    chosen = (OAuthClient.organization == organization) & (OAuthClient.id == ident)
    OAuthClient.update(key_set=key_set).where(chosen).execute(database.engine)


def revoke_all(database: Database, organization: str, connection: str) -> None:
    """Revoke the clients of a connection."""
    chosen = (OAuthClient.organization == organization) & (OAuthClient.connection == connection)
    OAuthClient.update(revoked_at=timestamp()).where(chosen & OAuthClient.revoked_at.is_null()).execute(database.engine)


def end_access(database: Database, organization: str, client: str) -> None:
    """Revoke the access tokens of a client."""
    database.execute(_END_ACCESS, (timestamp(), organization, client))


def revoke(database: Database, organization: str, ident: str) -> bool:
    """Revoke a client with its access tokens; say whether it was not revoked before."""
    end_access(database, organization, ident)
    chosen = (OAuthClient.organization == organization) & (OAuthClient.id == ident) & OAuthClient.revoked_at.is_null()
    return bool(OAuthClient.update(revoked_at=timestamp()).where(chosen).execute(database.engine))


def use_assertion(database: Database, organization: str, client: str, digest: str, expires_at: str) -> bool:
    """Note that an assertion was used; say whether it was not before."""
    return bool(database.execute(_USE_ASSERTION, (organization, client, digest, expires_at)).rowcount)


def surplus_access(database: Database, organization: str, connection: str, client: str, most: int) -> list[str]:
    """Return the digests of access tokens of a client but for its newest."""
    return [row[0] for row in database.rows(_SURPLUS_ACCESS, (organization, connection, client, most))]


def ended_access(database: Database, organization: str, before: str) -> list[str]:
    """Return the digests of the access tokens that ended before an instant."""
    return [row[0] for row in database.rows(_ENDED_ACCESS, (organization, before))]


def delete_access(database: Database, organization: str, digests: Sequence[str]) -> int:
    """Delete access tokens by their digests; return how many."""
    listed = database.dialect.list_parameter(digests)
    return int(database.execute(database.dialect.fixed(_DELETE_ACCESS), (organization, listed)).rowcount)


def sweep_assertions(database: Database, organization: str, before: str) -> None:
    """Delete the assertions that ended before an instant."""
    database.execute(_SWEEP_ASSERTIONS, (organization, before))
