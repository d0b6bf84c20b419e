"""A POST that bears an Idempotency-Key is carried out once, however often it is sent (24 hours long).

It is claimed in a transaction of its own before anything is done, so that of several at once one does it. What changed
nothing is released; what may have changed something stays claimed, and says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import orjson

from optiid.clock import now, timestamp
from optiid.errors import ConflictError, InvalidInputError, UnconfirmedError
from optiid.storage import idempotency
from optiid.storage.idempotency import Owner

if TYPE_CHECKING:
    from collections.abc import Callable

    from optiid.services.api_keys import Holder
    from optiid.storage.database import Database
    from optiid.storage.idempotency import Known

LIFETIME = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer as it is kept: never with a secret in it."""

    status: int
    body: Any
    headers: dict[str, str]


@dataclass(frozen=True, slots=True)
class Sent:
    """A request: who sent it, the Idempotency-Key it bears, and the digest of what was sent."""

    holder: Holder
    name: str
    digest: str

    @property
    def owner(self) -> Owner:
        """Whose row it is."""
        return Owner(self.holder.organization, self.holder.key)


def once(database: Database, sent: Sent, work: Callable[[], Kept]) -> Kept | None:
    """Carry out a request that was not sent before and return None; else return the answer it had.

    Raises InvalidInputError when another request bore the key, ConflictError while the first one is not answered, and
    whatever `work` raises.
    """
    known = database.transaction(lambda: _claim(database, sent))
    if known is not None:
        return _answered(known, sent)
    try:
        kept = work()
    except UnconfirmedError:  # stays claimed: it may have been done
        raise
    except Exception:
        database.transaction(lambda: idempotency.release(database, sent.owner, sent.name))
        raise
    answer = orjson.dumps([kept.body, kept.headers]).decode()
    database.transaction(lambda: idempotency.keep(database, sent.owner, sent.name, kept.status, answer))
    return None


def forget_expired(database: Database, organization: str) -> int:
    """Forget the requests of an organization, or of the installation, whose time is over, and return how many."""
    before = timestamp(now() - LIFETIME)
    return database.transaction(partial(idempotency.expire, database, organization, before))


def _claim(database: Database, sent: Sent) -> Known | None:
    idempotency.expire(database, sent.owner.organization, timestamp(now() - LIFETIME))
    if idempotency.claim(database, sent.owner, sent.name, sent.digest):
        return None
    return idempotency.find(database, sent.owner, sent.name)


def _answered(known: Known, sent: Sent) -> Kept:
    if known.digest != sent.digest:
        raise InvalidInputError(
            f"The Idempotency-Key {sent.name[:40]!r} was sent with another request before: take a new key for each"
        )
    if known.status is None or known.answer is None:
        raise ConflictError(
            f"The request with the Idempotency-Key {sent.name[:40]!r} is not answered yet: if it stays so, look whether"
            " it was done, and send what is missing with a new key"
        )
    body, headers = orjson.loads(known.answer)
    return Kept(known.status, body, headers)
