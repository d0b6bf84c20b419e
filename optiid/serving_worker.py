"""gunicorn's threaded worker, whose own refusals (a broken request line, heads too large) are SCIM errors as well."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

import orjson
from gunicorn import util
from gunicorn.http import errors
from gunicorn.workers.gthread import ThreadWorker

from optiid.scim.errors import ScimError

if TYPE_CHECKING:
    from socket import socket
    from typing import Any

DETAILS = {
    400: "The request is no lawful HTTP",
    414: "The URL is too long: use POST /.search",
    431: "The request's headers are too large",
}
# The first that fits; what else cannot be parsed is 400.
REFUSALS: tuple[tuple[type[Exception], int, str], ...] = (
    (errors.LimitRequestLine, 414, "URI Too Long"),
    (errors.LimitRequestHeaders, 431, "Request Header Fields Too Large"),
    (errors.ExpectationFailed, 417, "Expectation Failed"),
    (errors.ParseException, 400, "Bad Request"),
)

INTERNAL = 500
# Subclasses of parse errors that are the application's fault.
ANSWER_FAULTS = (errors.InvalidResponseHeader, errors.InvalidResponseHeaderName)


def answer_to(error: Exception) -> tuple[int, str]:
    """Return status and reason for what kept a request from the application."""
    if not isinstance(error, ANSWER_FAULTS):
        for refusal, status, reason in REFUSALS:
            if isinstance(error, refusal):
                return status, reason
    return INTERNAL, "Internal Server Error"


def write_error(client: socket, status: int, reason: str, _message: str) -> None:
    """Answer a request that never reached the application; the text quotes nothing the client sent (rule R12)."""
    ident = f"req_{secrets.token_hex(8)}"
    error = ScimError(status, f"{DETAILS.get(status, reason)} ({ident})")
    body = orjson.dumps(error.document())
    head = (
        f"HTTP/1.1 {status} {reason}\r\n"
        "Connection: close\r\n"
        "Content-Type: application/scim+json\r\n"
        "X-Content-Type-Options: nosniff\r\n"
        "Cache-Control: no-store\r\n"
        f"X-Request-Id: {ident}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    util.write_nonblock(client, head.encode("latin-1") + body)


# gunicorn has no setting for its error page; its worker looks the function up here for each error.
util.write_error = write_error


class ScimWorker(ThreadWorker):  # type: ignore[misc]  # gunicorn is not typed
    """The threaded worker; importing this module changed its error page."""

    def handle_error(self, _request: Any, client: socket, address: Any, error: Exception) -> None:
        """Refuse what is no request; the log gets the kind of the fault, never what the client sent (rule R6)."""
        kind, sender = type(error).__name__, address[0] if address else "-"
        status, reason = answer_to(error)
        if status < INTERNAL:
            self.log.warning("refused a request from %s: %s", sender, kind)
        else:
            self.log.error("a request from %s failed: %s", sender, kind)
        try:
            write_error(client, status, reason, "")
        except OSError:
            self.log.debug("the client is gone")
