"""gunicorn's threaded worker, whose own refusals (a broken request line, heads too large) are SCIM errors as well."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

import orjson
from gunicorn import util
from gunicorn.workers.gthread import ThreadWorker

from optiid.scim.errors import ScimError

if TYPE_CHECKING:
    from socket import socket

DETAILS = {
    400: "The request is no lawful HTTP",
    414: "The URL is too long: use POST /.search",
    431: "The request's headers are too large",
}


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
