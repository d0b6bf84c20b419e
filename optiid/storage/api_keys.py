"""Rows of the admin API's keys; the organization is empty for a key of the whole installation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from optiid.clock import timestamp
from optiid.storage.models.administration import ApiKey

if TYPE_CHECKING:
    from optiid.storage.database import Database, Row

Record = dict[str, Any]

# Unique index of api_key.digest: like that of a token, it finds an organization instead of being given one.
FIND_API_KEY = """
SELECT k.id, k.organization, k.name, k.scope, k.expires_at, k.revoked_at, k.last_used_at
FROM api_key k WHERE k.digest = ?"""

TOUCH_API_KEY = "UPDATE api_key SET last_used_at = ? WHERE organization = ? AND id = ?"

_SHOWN = [
    field
    for field in ApiKey._meta.sorted_fields  # noqa: SLF001 - peewee's way
    if field is not ApiKey.digest
]


def insert(database: Database, record: Record) -> None:
    """Store a key's digest and what is known of it."""
    ApiKey.insert(record).execute(database.engine)


def page(database: Database, organization: str, after: str, limit: int) -> list[Record]:
    """Return keys of an organization, those whose id follows `after`, without their digests."""
    chosen = (ApiKey.organization == organization) & (ApiKey.id > after)
    return list(ApiKey.select(*_SHOWN).where(chosen).order_by(ApiKey.id).limit(limit).dicts().execute(database.engine))


def find(database: Database, organization: str, ident: str) -> Record | None:
    """Return a key of an organization without its digest, or None."""
    chosen = (ApiKey.organization == organization) & (ApiKey.id == ident)
    rows = list(ApiKey.select(*_SHOWN).where(chosen).dicts().execute(database.engine))
    return rows[0] if rows else None


def find_anywhere(database: Database, ident: str) -> Record | None:
    """Return a key by its id alone, as people on the command line name it, or None."""
    rows = list(ApiKey.select(*_SHOWN).where(ApiKey.id == ident).dicts().execute(database.engine))
    return rows[0] if rows else None


def revoke(database: Database, organization: str, ident: str) -> bool:
    """Revoke a key and say whether it was valid until now."""
    sql = "UPDATE api_key SET revoked_at = ? WHERE organization = ? AND id = ? AND revoked_at IS NULL"
    changed: int = database.execute(sql, (timestamp(), organization, ident)).rowcount
    return changed == 1


def find_holder(database: Database, digest: str) -> Row | None:
    """Return what belongs to the key of that digest (columns of FIND_API_KEY), or None."""
    return database.row(FIND_API_KEY, (digest,))


def touch(database: Database, organization: str, ident: str, now: str) -> None:
    """Note when a key was last used."""
    database.execute(TOUCH_API_KEY, (now, organization, ident))
