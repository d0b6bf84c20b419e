"""From an Authorization header to the caller: the token alone selects organization, connection and profile."""

from __future__ import annotations

import time
from contextlib import suppress
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from optiid.clock import now, timestamp
from optiid.credentials import digest, is_genuine, is_genuine_key, shown_prefix
from optiid.errors import RefusedTokenError, UnauthenticatedError, UnavailableError
from optiid.storage import tenants
from optiid.storage.resources import Scope
from optiid.storage.shards import ShardDatabase

if TYPE_CHECKING:
    from collections.abc import Callable

    from optiid.storage.database import Database

# A read goes by who its token was a moment ago: what is revoked is felt within that time (rule R21).
KNOWN_SECONDS = 1.0
MOST_KNOWN = 1000
# A reader does not wait while somebody else holds the database: the next request of the token notes it.
NOTE_PATIENCE_SECONDS = 0.1
# Alike for every reason (rule R1): who holds no genuine token learns nothing.
# When this process last tried to note the use of a token, by its id.
_tried: dict[str, float] = {}
NOT_RECOGNISED = "Token not recognised. Copy the current token of this connection into the identity provider again"
IS_API_KEY = "This is a key of the admin API (/api/v1). SCIM takes the token of a connection: copy that one here"


class Origin(NamedTuple):
    """Where a request comes from: the address of the client, and the program that it says it is."""

    address: str
    agent: str


NOWHERE = Origin("", "")


class Caller(NamedTuple):
    """Who a token is; `settings` and `rules` are JSON text of the connection and its organization.

    Both are valid for `revision`. `schema_revision` moves when the organization's extension schemas change.
    `scope` is the connection's, `plane` where its resources are read and written: elsewhere in dry run. `scopes` are
    what the token may do (services/scopes.py), nothing for everything. `token` is its id, `expires_at` its end.
    """

    scope: Scope
    organization_name: str
    connection_name: str
    profile: str
    state: str
    settings: str
    revision: int
    schema_revision: int
    rules: str
    plane: Scope
    scopes: str = ""
    token: str = ""
    expires_at: str = ""

    @property
    def standing(self) -> tuple[str, int, int]:
        """What a write of the caller goes by, to be held against what is stored then (storage/counters.py)."""
        return self.token, self.revision, self.schema_revision


class Callers:
    """The callers of one process, known for a moment, so that what an identity provider asks for costs no look-up."""

    def __init__(self, database: Database, last_used_interval: float) -> None:
        self._database = database
        self._interval = last_used_interval
        self._known: dict[str, tuple[float, int, datetime, Caller]] = {}
        # Of several shards the one where an organization was has to refuse it at once, which sends it to the right one.
        self._remembers = not isinstance(database, ShardDatabase)

    def of(self, header: str | None, origin: Callable[[], Origin] = lambda: NOWHERE) -> Caller:
        """Return the caller of an Authorization header, `Bearer <token>` or the bare token.

        What this process has written since then may have been about the token, and makes it be looked up again; so does
        all but an active connection, since a plan or a pause may end. A write finds out by its `standing`. Raises
        UnauthenticatedError, and RefusedTokenError for a token that was revoked or has expired.
        """
        key, instant, written = digest(header or ""), time.monotonic(), self._database.written
        found = self._known.get(key)
        if found is not None and found[1] == written and instant - found[0] < KNOWN_SECONDS and now() < found[2]:
            return found[3]
        caller = identify(self._database, header, self._interval, origin)
        if self._remembers and caller.state == "active" and caller.plane is caller.scope:
            if len(self._known) >= MOST_KNOWN:
                self._known.clear()
            self._known[key] = instant, written, datetime.fromisoformat(caller.expires_at), caller
        return caller

    def forget(self, header: str | None) -> None:
        """Have the caller of an Authorization header looked up again, since something is not as it was known."""
        self._known.pop(digest(header or ""), None)


def identify(
    database: Database, header: str | None, last_used_interval: float, origin: Callable[[], Origin] = lambda: NOWHERE
) -> Caller:
    """Return the caller of an Authorization header, and note at most every so many seconds that the token is used."""
    token = read_token(header)
    key = digest(token)
    row = database.reading(lambda: tenants.find_caller(database, key))
    if row is None:
        raise UnauthenticatedError(NOT_RECOGNISED)
    ident, organization, connection, expires_at, revoked_at, last_used_at, *described = row
    moment = now()
    try:
        check_life("Token", token, expires_at, revoked_at, moment)
    except UnauthenticatedError as error:
        raise RefusedTokenError(str(error), organization, connection, described[0]) from error

    def touch(ident: str, instant: str) -> None:
        tenants.touch_token(database, organization, ident, instant, origin())

    note_use(database, ident, last_used_at, last_used_interval, touch)
    profile, connection_name, state, settings, revision, organization_name, schema_revision, rules, plan, scopes = (
        described
    )
    scope = Scope(organization, connection)
    return Caller(
        scope, organization_name, connection_name, profile, state, settings, revision, schema_revision, rules,
        Scope(plan, connection) if plan else scope, scopes, ident, expires_at,
    )  # fmt: skip


def note_use(
    database: Database, ident: str, last_used_at: str | None, interval: float, touch: Callable[[str, str], None]
) -> None:
    """Note by `touch` that a token is used now; one request of each process tries, once per interval.

    A note about the past must not keep anybody from reading while writes are not possible.
    """
    instant = time.monotonic()
    if instant - _tried.get(ident, -interval - 1) <= interval:
        return
    _tried[ident] = instant
    if last_used_at is None or last_used_at < timestamp(now() - timedelta(seconds=interval)):
        with suppress(UnavailableError):
            database.transaction(lambda: touch(ident, timestamp()), NOTE_PATIENCE_SECONDS, ordinary=True)


def read_token(header: str | None) -> str:
    """Return the token of a header. Raises UnauthenticatedError, which tells an API key what it is."""
    token = sent_secret(header)
    if not is_genuine(token):
        raise UnauthenticatedError(IS_API_KEY if is_genuine_key(token) else NOT_RECOGNISED)
    return token


def sent_secret(header: str | None) -> str:
    """Return the one word of a header, without `Bearer`: some administrators paste that along. Else nothing."""
    words = (header or "").split()
    while len(words) > 1 and words[0].lower() == "bearer":
        words = words[1:]
    return words[0] if len(words) == 1 else ""


def check_life(what: str, secret: str, expires_at: str, revoked_at: str | None, moment: datetime) -> None:
    """Whoever presents a whole, genuine secret that no longer works is told why (rule R1)."""
    if revoked_at is not None:
        raise UnauthenticatedError(f"{what} {shown_prefix(secret)} was revoked on {revoked_at[:10]}. Create a new one")
    if expires_at <= timestamp(moment):
        raise UnauthenticatedError(f"{what} {shown_prefix(secret)} expired on {expires_at[:10]}. Create a new one")
