"""The OAuth 2.0 client credentials grant (RFC 6749, section 4.4): from a client's proof to a short-lived token."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from optiid.clock import is_own_form, new_id, now, timestamp
from optiid.credentials import digest, is_genuine_client_secret, mint_token, shown_prefix
from optiid.errors import InvalidInputError, UnauthenticatedError
from optiid.services import scopes
from optiid.storage import clients, shard_map, tenants

if TYPE_CHECKING:
    from collections.abc import Sequence

    from optiid.services.identify import Origin
    from optiid.storage.database import Database

LIFE = timedelta(hours=1)
# A client that asks for more at a time loses the oldest: the table must not grow by asking.
MOST_ACCESS_TOKENS = 100
# Whoever presents one that ended lately is told so.
KEPT = timedelta(days=1)
# Alike for every reason: an unknown client, a wrong secret, one that ended, an assertion that does not hold.
NOT_RECOGNISED = "The client is not known, or what it sent does not prove who it is"
# Means all that the client may do, as identity providers ask for it.
WHOLE = "scim"


@dataclass(frozen=True, slots=True)
class Known:
    """A client that has proven who it is, by which secret, or by an assertion; and when it last did so."""

    organization: str
    connection: str
    id: str
    scopes: str
    secret: str
    last_used_at: str | None


@dataclass(frozen=True, slots=True)
class Granted:
    """An access token, its life in seconds and its scopes."""

    token: str
    seconds: int
    scope: str


def by_secret(database: Database, ident: str, secret: str) -> Known:
    """Return the client of an id and its secret. Raises UnauthenticatedError."""
    row = database.reading(lambda: clients.find_secret(database, _lawful(ident), digest(secret)))
    if row is None or not is_genuine_client_secret(secret) or row[5] <= timestamp():
        raise UnauthenticatedError(NOT_RECOGNISED)
    organization, connection, allowed, known, last_used_at, _ = row
    return Known(organization, connection, ident, allowed, known, last_used_at)


def by_assertion(database: Database, ident: str, assertion: str, audiences: Sequence[str]) -> Known:
    """Return the client that signed an assertion, which counts once. Raises UnauthenticatedError.

    `ident` is the client that the request names beside it, if any.
    """
    from optiid.services import assertions  # noqa: PLC0415 - as below

    told = signer(assertion)
    row = database.reading(lambda: clients.find_client(database, _lawful(told)))
    try:
        found = assertions.verify(assertion, row[3] if row else None, told, audiences)
    except UnauthenticatedError as error:
        raise UnauthenticatedError(NOT_RECOGNISED) from error
    if row is None or not row[3] or ident not in ("", told):
        raise UnauthenticatedError(NOT_RECOGNISED)
    organization, connection, allowed, _, last_used_at = row
    spent, ends_at = digest(found.ident), timestamp(found.expires_at + assertions.LEEWAY)
    if not database.transaction(lambda: clients.use_assertion(database, organization, told, spent, ends_at)):
        raise UnauthenticatedError(NOT_RECOGNISED)
    return Known(organization, connection, told, allowed, "", last_used_at)


def signer(assertion: str) -> str:
    """Return who an assertion says that it is from, "" for nobody; nothing of it is proven."""
    from optiid.services.assertions import client_of  # noqa: PLC0415 - cryptography would be a sixth of every start

    return client_of(assertion)


def _lawful(ident: str) -> str:
    """Return an id that can be one, so that no other text reaches the database."""
    return ident if is_own_form(ident) else ""


def grant(database: Database, client: Known, asked: str, last_used_interval: float, origin: Origin) -> Granted:
    """Return a new access token of the scopes that are asked for. Raises InvalidInputError for what it may not have.

    When and from where the client last proved who it is, is noted at intervals only, beside the token.
    """
    words = [word for word in asked.split() if word != WHOLE]
    chosen = scopes.checked(words) if words and WHOLE not in asked.split() else client.scopes
    if not scopes.within(client.scopes, chosen):
        raise InvalidInputError(f"The client may have {' '.join(scopes.shown(client.scopes))}")
    secret, moment, place = mint_token(), now(), (client.organization, client.connection, client.id)
    record = {
        "id": new_id(),
        "organization": client.organization,
        "connection": client.connection,
        "digest": digest(secret),
        "prefix": shown_prefix(secret),
        "created_at": timestamp(moment),
        "expires_at": timestamp(moment + LIFE),
        "scopes": chosen,
        "client": client.id,
    }

    surplus = database.reading(lambda: clients.surplus_access(database, *place, MOST_ACCESS_TOKENS - 1))
    if surplus:
        _drop(database, client.organization, surplus)

    def work() -> None:
        if (client.last_used_at or "") < timestamp(moment - timedelta(seconds=last_used_interval)):
            clients.touch(database, client.organization, client.id, client.secret, timestamp(moment), origin)
        tenants.insert_token(database, record)

    shard_map.announce(database, client.organization, record["digest"])
    database.transaction(work)
    return Granted(secret, int(LIFE.total_seconds()), " ".join(scopes.shown(chosen)))


def sweep(database: Database, organization: str) -> int:
    """Delete what ended of an organization: access tokens, after a day, and assertions; return how many tokens."""
    before = timestamp(now() - KEPT)
    ended = database.reading(lambda: clients.ended_access(database, organization, before))
    database.transaction(lambda: clients.sweep_assertions(database, organization, before))
    return _drop(database, organization, ended) if ended else 0


def _drop(database: Database, organization: str, digests: Sequence[str]) -> int:
    """Delete access tokens, their ways from the first shard before them, so that none is left behind."""
    shard_map.forget(database, digests)
    return database.transaction(lambda: clients.delete_access(database, organization, digests))
