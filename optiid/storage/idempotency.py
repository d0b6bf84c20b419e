"""Rows of requests that bear an Idempotency-Key: claimed before they are carried out, answered afterwards."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from optiid.clock import timestamp

if TYPE_CHECKING:
    from optiid.storage.database import Database

CLAIM = """
INSERT INTO idempotent_request (organization, api_key, name, digest, created_at)
VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING RETURNING name"""

FIND = """
SELECT i.digest, i.status, i.answer FROM idempotent_request i
WHERE i.organization = ? AND i.api_key = ? AND i.name = ?"""

KEEP = """
UPDATE idempotent_request SET status = ?, answer = ?
WHERE organization = ? AND api_key = ? AND name = ?"""

RELEASE = "DELETE FROM idempotent_request WHERE organization = ? AND api_key = ? AND name = ?"

EXPIRE = "DELETE FROM idempotent_request WHERE organization = ? AND created_at < ?"

FORGET = "DELETE FROM idempotent_request WHERE organization = ? AND answer LIKE ?"


@dataclass(frozen=True, slots=True)
class Owner:
    """The API key that sent a request, and its organization (empty for the whole installation)."""

    organization: str
    api_key: str


@dataclass(frozen=True, slots=True)
class Known:
    """A request that was sent before: the digest of it, and the answer when there is one."""

    digest: str
    status: int | None
    answer: str | None


def claim(database: Database, owner: Owner, name: str, digest: str) -> bool:
    """Note that a request is being carried out; False when one of that name is known."""
    parameters = (owner.organization, owner.api_key, name, digest, timestamp())
    return database.row(CLAIM, parameters) is not None


def find(database: Database, owner: Owner, name: str) -> Known | None:
    """Return what is known of a request, or None."""
    row = database.row(FIND, (owner.organization, owner.api_key, name))
    return None if row is None else Known(*row)


def keep(database: Database, owner: Owner, name: str, status: int, answer: str) -> None:
    """Keep the answer of a request."""
    database.execute(KEEP, (status, answer, owner.organization, owner.api_key, name))


def release(database: Database, owner: Owner, name: str) -> None:
    """Forget a request that changed nothing."""
    database.execute(RELEASE, (owner.organization, owner.api_key, name))


def expire(database: Database, organization: str, before: str) -> int:
    """Forget the requests of an organization's keys that are older than `before`, and return how many."""
    forgotten: int = database.execute(EXPIRE, (organization, before)).rowcount
    return forgotten


def forget_resource(database: Database, organization: str, ident: str) -> None:
    """Forget the answers that name a resource: they hold what it was. Keys of the installation are told of it, too."""
    for owner in (organization, ""):
        database.execute(FORGET, (owner, f"%{ident}%"))
