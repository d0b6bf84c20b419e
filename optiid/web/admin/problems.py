"""From any exception under /api to a problem document (RFC 9457). Each type is a page of this service."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any

import orjson
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from optiid.errors import (
    ConflictError,
    ForbiddenError,
    InvalidInputError,
    NotFoundError,
    OutdatedError,
    ProfileUnavailableError,
    TooManyRequestsError,
    UnauthenticatedError,
    UnavailableError,
)
from optiid.scim.errors import ScimError
from optiid.web.reply import Reply
from optiid.web.service import current_service
from optiid.web.visit import current_visit

logger = logging.getLogger(__name__)
MEDIA_TYPE = "application/problem+json"
PATH = "/api/v1/problems"


@dataclass(frozen=True, slots=True)
class Kind:
    """A type of problem: the last part of its URL, the status, the title, and what to do."""

    code: str
    status: int
    title: str
    meaning: str


KINDS = {
    kind.status: kind
    for kind in (
        Kind("unreadable", 400, "The request cannot be read", "Correct what `detail` names and send it again."),
        Kind("unauthenticated", 401, "No usable key", "Send `Authorization: Bearer KEY`: `optiid key create`."),
        Kind("forbidden", 403, "The key does not allow this", "Use a key of the scope that `detail` names."),
        Kind("not-found", 404, "Not here", "It does not exist, or belongs to another organization."),
        Kind("method-not-allowed", 405, "The method is not allowed here", "`Allow` names those that are."),
        Kind("not-acceptable", 406, "No such representation", "Accept application/json."),
        Kind("conflict", 409, "The state forbids it", "Do first what `detail` says."),
        Kind("outdated", 412, "Somebody changed it meanwhile", "Read it again, and send the new ETag as If-Match."),
        Kind("too-large", 413, "The body is too large", "Send it in parts."),
        Kind("media-type", 415, "The media type is not taken", "Send application/json in UTF-8, uncompressed."),
        Kind("invalid", 422, "The values cannot be used", "`errors` names the fields, `detail` says what is wrong."),
        Kind("unconditional", 428, "It has to be said what is meant", "Read it, and send its ETag as If-Match."),
        Kind("too-many", 429, "Too many requests", "Send it again after `Retry-After` seconds."),
        Kind("failure", 500, "The service failed", "Tell the operator the `request_id`; nothing was changed."),
        Kind("unavailable", 503, "Not possible at the moment", "Send it again after `Retry-After` seconds."),
    )
}
# By what was raised; the first that fits counts.
_STATUSES: tuple[tuple[type[Exception], int], ...] = (
    (UnauthenticatedError, 401),
    (ForbiddenError, 403),
    (NotFoundError, 404),
    (OutdatedError, 412),
    (ConflictError, 409),
    (InvalidInputError, 422),
    (ProfileUnavailableError, 409),
    (TooManyRequestsError, 429),
    (UnavailableError, 503),
)


class FieldsError(InvalidInputError):
    """Fields of a body that cannot be used, each with what is wrong with it."""

    def __init__(self, errors: list[dict[str, str]]) -> None:
        first = errors[0]
        super().__init__(f"{first['field']}: {first['detail']}")
        self.errors = errors


def answer_failure(error: Exception) -> Reply:
    """Return the problem document of an exception."""
    if isinstance(error, HTTPException):
        return _of_http(error)
    if isinstance(error, ScimError):
        return problem(error.status if error.status in KINDS else 400, error.detail)
    status = next((status for kind, status in _STATUSES if isinstance(error, kind)), 500)
    if status in (500, 503):
        logger.error("admin request failed: %s", error, exc_info=error)
    detail = "An unexpected error; nothing was changed" if status == 500 else str(error)  # noqa: PLR2004
    more = {"errors": error.errors} if isinstance(error, FieldsError) else {}
    return problem(status, detail, _headers(error), more)


def problem(
    status: int, detail: str, headers: dict[str, str] | None = None, more: dict[str, Any] | None = None
) -> Reply:
    """Return the problem document of a status."""
    kind = KINDS[status]
    body = {
        "type": f"{current_service().settings.public_origin}{PATH}/{kind.code}",
        "title": kind.title,
        "status": status,
        "detail": detail,
        "request_id": current_visit().ident,
    }
    return Reply(status, orjson.dumps(body | (more or {})), {"Content-Type": MEDIA_TYPE, **(headers or {})})


def _headers(error: Exception) -> dict[str, str]:
    if isinstance(error, UnauthenticatedError):
        return {"WWW-Authenticate": 'Bearer realm="admin"'}
    if isinstance(error, ForbiddenError):
        return {"WWW-Authenticate": 'Bearer realm="admin", error="insufficient_scope"'}
    if isinstance(error, UnavailableError | TooManyRequestsError):
        return {"Retry-After": str(error.retry_after)}
    return {}


def _of_http(error: HTTPException) -> Reply:
    if isinstance(error, MethodNotAllowed):
        allowed = ", ".join(sorted(set(error.valid_methods or ()) - {"OPTIONS"}))
        return problem(405, f"{current_visit().method} is not allowed here; allowed: {allowed}", {"Allow": allowed})
    status = error.code or 500
    kind = KINDS.get(status)
    if kind is None:
        return problem(400, KINDS[400].title)
    return problem(status, "There is nothing at this path" if kind.code == "not-found" else kind.meaning)
