"""A connection's recorded requests as an anonymised transcript."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from optiid.errors import NotFoundError
from optiid.profiles.recording.traffic import read_turn
from optiid.profiles.recording.transcript import transcript
from optiid.services import connections, request_log

if TYPE_CHECKING:
    from optiid.storage.database import Database

_URN = re.compile(r"\burn:(?!ietf:params:scim:)[\w.~-]+(?::[\w.~-]+)*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Recording:
    """A transcript, how many requests are in it, and how many could not be taken.

    `kept` are the names in it that are nobody's, but may be a company's: schemas of its own, and the client.
    """

    document: dict[str, Any]
    requests: int
    left_out: int
    kept: list[str]


def recording_of(database: Database, connection_id: str, scenario: str, limit: int) -> Recording:
    """Return the transcript of the last requests of a connection.

    Raises NotFoundError for an unknown connection, and when nothing is recorded of it.
    """
    connection = connections.get(database, connection_id)
    kept = request_log.newest(database, connection, limit)
    turns = [
        turn
        for one in kept
        if (turn := read_turn(one.method, (one.path, one.query), one.headers, one.body, (one.status, one.answer)))
    ]
    if not turns:
        raise NotFoundError(
            f"Nothing that can be replayed is recorded of connection {connection.id}:"
            f" optiid connection configure {connection.id} --setting record_requests=true"
        )
    document = transcript(turns, connection.profile, scenario)
    return Recording(document, len(turns), len(kept) - len(turns), _names_in(document))


def _names_in(document: dict[str, Any]) -> list[str]:
    found = set(_URN.findall(json.dumps(document, ensure_ascii=False)))
    client = document["headers"].get("User-Agent")
    return sorted(found) + ([client] if client else [])
