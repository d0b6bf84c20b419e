"""Keys of the admin API: create (shown once), list, revoke, and who holds the one that a request bears."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

from optiid.clock import new_id, now, timestamp
from optiid.credentials import digest, is_genuine, is_genuine_key, mint_key, shown_prefix
from optiid.errors import ForbiddenError, InvalidInputError, NotFoundError, UnauthenticatedError
from optiid.services import journal
from optiid.services.author import COMMAND_LINE
from optiid.services.credential_lives import LONGEST_LIFE, end_of_life
from optiid.services.identify import check_life, note_use, sent_secret
from optiid.services.organizations import checked_name
from optiid.storage import api_keys, shard_map
from optiid.storage.audit import Act

if TYPE_CHECKING:
    from datetime import timedelta

    from optiid.services.author import Author
    from optiid.storage.database import Database

logger = logging.getLogger(__name__)
Scope = Literal["read", "write", "admin"]
# Each allows what those before it do.
SCOPES: tuple[Scope, ...] = ("read", "write", "admin")
INSTALLATION = ""
NOT_RECOGNISED = (
    "The request bears no key of the admin API that is known here: send `Authorization: Bearer optiid_key_...`"
)
SENT_TOKEN = (
    "This is the token of a connection, for /scim/v2 alone. The admin API takes a key: `optiid key create` makes one"  # noqa: S105
)


@dataclass(frozen=True, slots=True)
class ApiKey:
    """What may be known of a key: never the secret. Without an organization it is one of the whole installation."""

    id: str
    organization: str
    name: str
    scope: str
    prefix: str
    created_at: str
    created_by: str
    expires_at: str
    last_used_at: str | None
    revoked_at: str | None


@dataclass(frozen=True, slots=True)
class Holder:
    """Whoever presents a key, and what it allows."""

    key: str
    organization: str
    name: str
    scope: str

    def may(self, scope: Scope) -> bool:
        """Say whether the key allows what needs a scope."""
        return SCOPES.index(scope) <= (SCOPES.index(self.scope) if self.scope in SCOPES else -1)


def create(
    database: Database,
    organization: str,
    name: str,
    scope: Scope,
    expires_in: timedelta = LONGEST_LIFE,
    *,
    author: Author = COMMAND_LINE,
) -> tuple[ApiKey, str]:
    """Create a key of an organization (by id), or of the installation, and return it with its secret, shown this once.

    Raises InvalidInputError for a name or scope that cannot be, and a life of no or more than 365 days (rule R21).
    """
    if scope not in SCOPES:
        raise InvalidInputError(f"A key has the scope {', '.join(SCOPES)}, not {str(scope)[:40]!r}")
    secret, moment = mint_key(), now()
    made = ApiKey(
        new_id(), organization, checked_name(name), scope, shown_prefix(secret), timestamp(moment), author.by,
        end_of_life("key", moment, expires_in), None, None,
    )  # fmt: skip
    record = {field: getattr(made, field) for field in made.__slots__} | {"digest": digest(secret)}

    def work() -> None:
        api_keys.insert(database, record)
        _tell(database, author, "key.created", made)

    shard_map.announce(database, organization, record["digest"])
    database.transaction(work)
    return made, secret


def list_some(database: Database, organization: str, after: str = "", limit: int = 200) -> list[ApiKey]:
    """Return the keys of an organization (by id) or of the installation, those whose id follows `after`."""
    found = database.reading(lambda: api_keys.page(database, organization, after, limit))
    return [ApiKey(**record) for record in found]


def get(database: Database, organization: str, ident: str) -> ApiKey:
    """Return a key of an organization, or of the installation. Raises NotFoundError."""
    return _read(ident, database.reading(lambda: api_keys.find(database, organization, ident)))


def find(database: Database, ident: str) -> ApiKey:
    """Return a key by its id alone, for people on the command line. Raises NotFoundError."""
    return _read(ident, database.reading(lambda: api_keys.find_anywhere(database, ident)))


def revoke(database: Database, organization: str, ident: str, *, author: Author = COMMAND_LINE) -> ApiKey:
    """Revoke a key; every worker refuses it from its next request on. Raises NotFoundError."""
    known = get(database, organization, ident)

    def work() -> None:
        if api_keys.revoke(database, organization, ident):
            _tell(database, author, "key.revoked", known)

    database.transaction(work)
    return get(database, organization, ident)


def identify(database: Database, header: str | None, last_used_interval: float) -> Holder:
    """Return the holder of the key in an Authorization header. Raises UnauthenticatedError."""
    secret = sent_secret(header)
    if not is_genuine_key(secret):
        raise UnauthenticatedError(SENT_TOKEN if is_genuine(secret) else NOT_RECOGNISED)
    row = database.reading(lambda: api_keys.find_holder(database, digest(secret)))
    if row is None:
        raise UnauthenticatedError(NOT_RECOGNISED)
    ident, organization, name, scope, expires_at, revoked_at, last_used_at = row
    check_life("Key", secret, expires_at, revoked_at, now())
    note_use(database, ident, last_used_at, last_used_interval, partial(api_keys.touch, database, organization))
    return Holder(ident, organization, name, scope)


def check_scope(holder: Holder, scope: Scope) -> None:
    """Raise ForbiddenError when a key does not allow what needs a scope."""
    if not holder.may(scope):
        raise ForbiddenError(
            f"Key {holder.name!r} has the scope {holder.scope}, and this needs {scope}: use a key that has it"
        )


def check_installation(holder: Holder, what: str) -> None:
    """Raise ForbiddenError for a key of an organization: `what` touches others, too."""
    if holder.organization != INSTALLATION:
        raise ForbiddenError(f"{what} needs a key of the installation: `optiid key create` without --organization")


def _read(ident: str, record: dict[str, Any] | None) -> ApiKey:
    if record is None:
        raise NotFoundError(f"There is no key {ident[:64]!r}; `optiid key list` shows them")
    return ApiKey(**record)


def _tell(database: Database, author: Author, action: str, key: ApiKey) -> None:
    """Note in the organization's audit trail what was done; the installation has none, so that the log tells of it."""
    if key.organization == INSTALLATION and author == COMMAND_LINE:
        return  # whoever sits there sees it
    if key.organization == INSTALLATION:
        logger.info("%s: %s of the installation, scope %s, by %s", action, key.id, key.scope, author.by)
        return
    act = Act(action, key.id, {"scope": key.scope, "expires_at": key.expires_at})
    journal.record(database, author, key.organization, acts=[act])
