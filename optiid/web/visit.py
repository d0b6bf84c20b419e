"""One request on its way through the service: what all doors know of it, from the threshold to the log line."""

from __future__ import annotations

import os
import time
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from werkzeug.wrappers import Request

from optiid.services.identify import Origin

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

    from optiid.web.service import Service

# What is kept of a User-Agent.
LONGEST_AGENT = 200
# Flask's own `request` costs ten times as much to look up.
_current: ContextVar[Visit] = ContextVar("optiid_visit")


class Visit:
    """What is known of a request; `path` is tidy and decoded, `body` what was read of it, None before."""

    __slots__ = ("api_key", "body", "call", "environ", "ident", "method", "path", "service", "started", "whose")

    def __init__(self, environ: WSGIEnvironment, path: str) -> None:
        self.started = time.perf_counter()
        self.environ = environ
        self.ident = f"req_{os.urandom(8).hex()}"
        self.method: str = environ["REQUEST_METHOD"]
        # PEP 3333 hands the bytes of the path over as if they were Latin-1.
        self.path = path if path.isascii() else path.encode("latin-1").decode("utf-8", "replace")
        self.body: bytes | None = None
        self.call: Any = None  # of the SCIM door: its `Call`, once the caller is let in
        self.whose: tuple[str, str, str] | None = None  # organization, connection and profile of a genuine token
        self.api_key = "-"  # of the admin door
        self.service: Service  # the one whose application answers

    @property
    def query(self) -> str:
        """The query of the URL as it was sent."""
        found: str = self.environ.get("QUERY_STRING", "")
        return found

    @property
    def request(self) -> Request:
        """The request as werkzeug reads it, for what is asked of it seldom."""
        return Request(self.environ)

    def origin(self) -> Origin:
        """Return where it comes from; what trusted proxies forward decides the address (rule R13)."""
        environ = self.environ
        forwarded = environ.get("HTTP_X_FORWARDED_FOR", "")
        agent = "".join(one if one.isprintable() else "?" for one in environ.get("HTTP_USER_AGENT", "")[:LONGEST_AGENT])
        return Origin(self.service.proxies.client(environ.get("REMOTE_ADDR", ""), forwarded), agent)

    @property
    def milliseconds(self) -> float:
        """The time since the request came."""
        return (time.perf_counter() - self.started) * 1000


def enter(visit: Visit) -> None:
    """Make it the request that this thread answers, until the next one."""
    _current.set(visit)


def current_visit() -> Visit:
    """Return the request that this thread answers."""
    return _current.get()
