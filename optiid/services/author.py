"""Who does something, for the audit trail and the events; passed down as a value (rule: isolation)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Author:
    """Who acts: `connection:ID`, `key:ID`, `command-line` or `worker`; and the request it is done for, if any.

    `standing` is what was known of a connection's token: its id, and the revisions of connection and schemas.
    """

    by: str
    request_id: str = ""
    standing: tuple[str, int, int] | None = None


COMMAND_LINE = Author("command-line")
WORKER = Author("worker")
