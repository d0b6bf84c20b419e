"""The secret that an organization's cursors are sealed with: in the database, so that all workers share it."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from optiid.errors import UnavailableError
from optiid.storage import statements

if TYPE_CHECKING:
    from optiid.storage.database import Database

SECRET_BYTES = 32


def cursor_key(database: Database, organization: str) -> bytes:
    """Return the secret of an organization, made when it is asked for first; of several makers one prevails."""
    secret = _find(database, organization)
    if secret is None:
        fresh = secrets.token_hex(SECRET_BYTES)
        database.transaction(lambda: database.execute(statements.INSERT_CURSOR_KEY, (organization, fresh)))
        secret = _find(database, organization)
    if secret is None:
        raise UnavailableError("The organization was removed at the same moment")
    return bytes.fromhex(secret)


def _find(database: Database, organization: str) -> str | None:
    row = database.reading(lambda: database.row(statements.CURSOR_KEY, (organization,)))
    return None if row is None else row[0]
