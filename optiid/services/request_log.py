"""Recorded requests: what a connection was sent and answered, kept for diagnosis where its settings ask for it."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

import orjson

from optiid.clock import new_id, timestamp
from optiid.logs import redact
from optiid.scim.masking import masked_body, masked_query
from optiid.services import journal
from optiid.services.author import COMMAND_LINE
from optiid.storage import request_log
from optiid.storage.audit import Act
from optiid.storage.resources import Scope

if TYPE_CHECKING:
    from optiid.services.author import Author
    from optiid.services.connections import Connection
    from optiid.services.identify import Caller
    from optiid.storage.database import Database

BODY_LIMIT = 256 * 1024
TARGET_LIMIT = 16 * 1024
logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request and its answer; `path` is the one below the base URL, bodies are None where there was none."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes | None
    status: int
    answer: bytes | None
    request: str
    milliseconds: float


@dataclass(frozen=True, slots=True)
class Recorded:
    """A recorded exchange; passwords and tokens are masked, a body is JSON text, or cut at a limit."""

    created_at: str
    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: str | None
    status: int
    answer: str | None


def record(database: Database, caller: Caller, exchange: Exchange) -> None:
    """Keep an exchange. A failure to do so is logged and harms nobody: the request is answered already."""
    try:
        row = {
            "id": new_id(),
            "created_at": timestamp(),
            "method": exchange.method,
            "target": _target(exchange),
            "headers": redact(orjson.dumps(exchange.headers).decode()),
            "body": _kept(exchange.body),
            "status": exchange.status,
            "answer": _kept(exchange.answer),
            "profile": caller.profile,
            "request": exchange.request,
            "milliseconds": exchange.milliseconds,
        }
        database.transaction(lambda: request_log.append(database, caller.scope, row))
    except Exception as error:  # noqa: BLE001 - whatever it is; its text may hold what the row holds, so it is not told
        logger.warning(
            "a request of connection %s could not be recorded (%s)", caller.scope.connection, type(error).__name__
        )


def newest(database: Database, connection: Connection, limit: int) -> list[Recorded]:
    """Return the last recorded exchanges of a connection, oldest first."""
    scope = Scope(connection.organization, connection.id)
    return [
        Recorded(
            row["created_at"],
            row["method"],
            row["target"].partition("?")[0],
            row["target"].partition("?")[2],
            orjson.loads(row["headers"]),
            row["body"],
            row["status"],
            row["answer"],
        )
        for row in database.reading(lambda: request_log.newest(database, scope, limit))
    ]


def count(database: Database, connection: Connection) -> int:
    """Return how many exchanges of a connection are kept."""
    scope = Scope(connection.organization, connection.id)
    return database.reading(lambda: request_log.count(database, scope))


def forget(database: Database, connection: Connection, *, author: Author = COMMAND_LINE) -> int:
    """Delete the recorded exchanges of a connection and return how many there were."""
    scope = Scope(connection.organization, connection.id)

    def work() -> int:
        forgotten = request_log.forget(database, scope)
        act = Act("connection.recording_forgotten", connection.id, {"requests": forgotten})
        journal.record(database, author, connection.organization, acts=[act])
        return forgotten

    return database.transaction(work)


def _target(exchange: Exchange) -> str:
    query = f"?{masked_query(exchange.query)}" if exchange.query else ""
    return redact(exchange.path + query)[:TARGET_LIMIT].replace("\0", "?")


def _kept(raw: bytes | None) -> str | None:
    """Return a body as it is kept. PostgreSQL takes no NUL in a text; JSON has none but in escapes."""
    text = masked_body(raw or b"")
    return None if text is None else redact(text[:BODY_LIMIT])
