"""An answer to send: what Flask's own Response costs serves forms, cookies and ranges, which no answer here needs."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from contextlib import ExitStack

    from _typeshed.wsgi import StartResponse, WSGIEnvironment

STATUS_LINES = {status.value: f"{status.value} {status.phrase}" for status in HTTPStatus}
# RFC 9110, sections 8.6 and 15.4.5: these have no body, and say nothing of its length.
WITHOUT_BODY = (204, 304)


class Streamed:
    """A body in pieces that are made while they are sent, and what is held for them meanwhile.

    The server closes it when the last piece was sent, or no more can be: a fault amid the pieces ends the connection.
    """

    __slots__ = ("_held", "_pieces")

    def __init__(self, pieces: Iterator[bytes], held: ExitStack) -> None:
        self._pieces, self._held = pieces, held

    def __iter__(self) -> Iterator[bytes]:
        """Yield the pieces, and let go of what is held with the last one."""
        with self._held:
            yield from self._pieces

    def close(self) -> None:
        """Let go of what is held."""
        self._held.close()


class Reply:
    """A WSGI answer with its body as a whole, or in pieces."""

    __slots__ = ("body", "headers", "status")

    def __init__(self, status: int, body: bytes | Streamed, headers: dict[str, str]) -> None:
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
        body: Streamed | tuple[bytes, ...]
        if isinstance(self.body, bytes):
            if self.status not in WITHOUT_BODY:
                headers.append(("Content-Length", str(len(self.body))))
            body = (self.body,)
        else:
            body = self.body
        start_response(STATUS_LINES[self.status], headers)
        if environ["REQUEST_METHOD"] != "HEAD":
            return body
        if isinstance(body, Streamed):
            body.close()
        return ()
