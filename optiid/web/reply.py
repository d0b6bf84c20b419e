"""An answer to send: what Flask's own Response costs serves forms, cookies and ranges, which no answer here needs."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from _typeshed.wsgi import StartResponse, WSGIEnvironment

STATUS_LINES = {status.value: f"{status.value} {status.phrase}" for status in HTTPStatus}
# RFC 9110, sections 8.6 and 15.4.5: these have no body, and say nothing of its length.
WITHOUT_BODY = (204, 304)


class Reply:
    """A WSGI answer with its body as a whole, or in pieces that are made while they are sent."""

    __slots__ = ("body", "headers", "status")

    def __init__(self, status: int, body: bytes | Iterable[bytes], headers: dict[str, str]) -> None:
        self.status = status
        self.headers = headers
        self.body = body

    @property
    def whole(self) -> bytes | None:
        """The body, None when it is sent in pieces."""
        return self.body if isinstance(self.body, bytes) else None

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Send it; HEAD is answered as GET is, without the body (RFC 9110, section 9.3.2)."""
        headers = list(self.headers.items())
        body = self.body
        if isinstance(body, bytes):
            if self.status not in WITHOUT_BODY:
                headers.append(("Content-Length", str(len(body))))
            body = (body,)
        start_response(STATUS_LINES[self.status], headers)
        return () if environ["REQUEST_METHOD"] == "HEAD" else body
