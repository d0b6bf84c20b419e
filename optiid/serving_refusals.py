"""Answers that no application gives: to what is no request, came too late or is more than can be carried (rule R12)."""

from __future__ import annotations

import secrets
from http import HTTPStatus

import orjson
from gunicorn.http import errors

from optiid.scim.errors import ScimError
from optiid.security_headers import SECURITY_HEADERS

RETRY_SECONDS = 2
SATURATED, LATE, LIMITED = 503, 408, 429
DETAILS = {
    400: "The request is no lawful HTTP",
    LATE: "The request did not arrive in time: send it again, whole",
    414: "The URL is too long: use POST /.search",
    LIMITED: f"More requests come with this token than its limit allows: send it again after {RETRY_SECONDS} seconds",
    431: "The request's headers are too large",
    SATURATED: f"The service has as many requests as it can carry: send it again after {RETRY_SECONDS} seconds",
}
CROWDED = "Too many connections are open from this address: close some, or use them again"
INTERNAL = 500
# The first that fits; what else cannot be parsed is 400.
REFUSALS: tuple[tuple[type[Exception], int, str], ...] = (
    (errors.LimitRequestLine, 414, "URI Too Long"),
    (errors.LimitRequestHeaders, 431, "Request Header Fields Too Large"),
    (errors.ExpectationFailed, 417, "Expectation Failed"),
    (errors.ParseException, 400, "Bad Request"),
)
# Subclasses of parse errors that are the application's fault.
ANSWER_FAULTS = (errors.InvalidResponseHeader, errors.InvalidResponseHeaderName)
TELL_WHEN = (SATURATED, LIMITED)
ADMIN_PATH = b"/api/"
_ALWAYS = "".join(f"{name}: {value}\r\n" for name, value in SECURITY_HEADERS)


def answer_to(error: Exception) -> tuple[int, str]:
    """Return status and reason for what kept a request from the application."""
    if not isinstance(error, ANSWER_FAULTS):
        for kind, status, reason in REFUSALS:
            if isinstance(error, kind):
                return status, reason
    return INTERNAL, "Internal Server Error"


def refusal(status: int, reason: str = "", target: bytes = b"", detail: str = "") -> bytes:
    """Return a whole HTTP answer; `target` is what was asked for, as far as that is known.

    It is a problem document (RFC 9457) below /api and a SCIM error elsewhere; its text quotes nothing the client sent.
    """
    reason = reason or HTTPStatus(status).phrase
    ident = f"req_{secrets.token_hex(8)}"
    detail = f"{detail or DETAILS.get(status, reason)} ({ident})"
    if target.partition(b" ")[2].startswith(ADMIN_PATH):
        media_type = "application/problem+json"
        body = {"type": "about:blank", "title": reason, "status": status, "detail": detail, "request_id": ident}
    else:
        media_type, body = "application/scim+json", ScimError(status, detail).document()
    payload = orjson.dumps(body)
    retry = f"Retry-After: {RETRY_SECONDS}\r\n" if status in TELL_WHEN else ""
    head = (
        f"HTTP/1.1 {status} {reason}\r\n"
        "Connection: close\r\n"
        f"Content-Type: {media_type}\r\n"
        f"{retry}"
        f"{_ALWAYS}"
        f"X-Request-Id: {ident}\r\n"
        f"Content-Length: {len(payload)}\r\n\r\n"
    )
    return head.encode("latin-1") + payload
