"""What clients asked of a server and what it answered: the ledger that a directory is held against after a fault."""

from __future__ import annotations

import http.client
import threading
import time
from dataclasses import dataclass, field
from typing import Any

import orjson

from tests.running import PREFIX

TIMEOUT_SECONDS = 60
NO_ANSWER = 0
# So many answers come between two looks at the ledger, at most.
SPAN = 1000
# Told that it was not done, or may not have been: whoever asks again finds out.
MAYBE = (NO_ANSWER, 503, 507)


@dataclass(frozen=True)
class Asked:
    """A request: what it does to which resource, in the words of the checker.

    `value` is what it writes and nobody else does; `member` joins or leaves; `members` are all there are afterwards.
    """

    act: str
    method: str
    path: str
    resource: str = ""
    body: Any = None
    value: str = ""
    name: str = ""
    member: str = ""
    members: frozenset[str] | None = None
    if_match: int | None = None


@dataclass(frozen=True)
class Entry:
    """A request with its answer; status 0 is none. Seconds are of one clock for all clients."""

    asked: Asked
    began: float
    ended: float
    status: int
    request: str = ""
    body: Any = None
    fault: str = ""

    @property
    def acknowledged(self) -> bool:
        return 200 <= self.status < 300

    @property
    def unsure(self) -> bool:
        return self.status in MAYBE

    @property
    def resource(self) -> str:
        """The id of the resource, which a create is told by its answer."""
        return self.asked.resource or (self.body["id"] if self.acknowledged and self.body else "")

    @property
    def version(self) -> int:
        """The version that the answer tells; 0 when it tells none."""
        told = self.body.get("meta", {}).get("version", "") if isinstance(self.body, dict) else ""
        return int(told.strip('W/"')) if told else 0


@dataclass
class Ledger:
    """Entries in the order of their answers."""

    entries: list[Entry] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, entry: Entry) -> Entry:
        with self._lock:
            self.entries.append(entry)
        return entry

    def is_served_since(self, moment: float) -> bool:
        """Say whether a request that began after a moment has ended well."""
        return any(entry.acknowledged and entry.began >= moment for entry in self.entries[-SPAN:])

    def seconds_until_served(self, moment: float) -> float:
        """Return how long after a moment the first request ended well that began after it."""
        served = [entry.ended for entry in self.entries if entry.began >= moment and entry.acknowledged]
        return min(served, default=float("inf")) - moment


class Client:
    """One kept-alive connection; whatever happens to it is noted and the next request opens another."""

    def __init__(self, address: tuple[str, int], token: str, ledger: Ledger, prefix: str = PREFIX) -> None:
        self._address, self._ledger, self._prefix = address, ledger, prefix
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        self._connection: http.client.HTTPConnection | None = None

    def ask(self, asked: Asked) -> Entry:
        """Return the entry of a request, which is in the ledger now."""
        headers = self._headers | ({"If-Match": f'W/"{asked.if_match}"'} if asked.if_match else {})
        body = None if asked.body is None else orjson.dumps(asked.body)
        began = time.monotonic()
        try:
            if self._connection is None:
                self._connection = http.client.HTTPConnection(*self._address, timeout=TIMEOUT_SECONDS)
            self._connection.request(asked.method, self._prefix + asked.path, body, headers)
            answer = self._connection.getresponse()
            text = answer.read()
        except (OSError, http.client.HTTPException) as error:
            self.close()
            return self._ledger.note(Entry(asked, began, time.monotonic(), NO_ANSWER, fault=repr(error)))
        fault = "503 without Retry-After" if answer.status == 503 and not answer.headers["Retry-After"] else ""
        request = answer.headers["X-Request-Id"] or ""
        decoded = orjson.loads(text) if text else None
        return self._ledger.note(Entry(asked, began, time.monotonic(), answer.status, request, decoded, fault))

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = None
