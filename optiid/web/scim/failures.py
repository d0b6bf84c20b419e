"""From any exception to a SCIM error: the only place where a request's errors are caught."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from werkzeug.exceptions import HTTPException, MethodNotAllowed

from optiid.errors import (
    OptiidError,
    ProfileError,
    ProfileUnavailableError,
    TooManyRequestsError,
    UnauthenticatedError,
    UnavailableError,
)
from optiid.scim.errors import ScimError
from optiid.scim.resource_types import GROUP, USER
from optiid.web.scim.respond import encode
from optiid.web.visit import current_visit

if TYPE_CHECKING:
    from optiid.profiles.types import HookContext
    from optiid.web.reply import Reply
    from optiid.web.scim.call import Call

logger = logging.getLogger(__name__)
DISABLED_RETRY_SECONDS = 300


# What a request was going to do, when it failed before any hook was told.
OPERATIONS = {"POST": "create", "PUT": "replace", "PATCH": "patch", "GET": "get", "DELETE": "delete"}
# Texts for what werkzeug refuses by itself; its own would be HTML.
HTTP_TEXTS = {
    400: "The request cannot be read",
    404: "No SCIM resource here. The base URL ends in /scim/v2",
    411: "The request needs a Content-Length",
    413: "The body is larger than this service takes: send it in parts",
    414: "The URL is too long: use POST /.search",
    415: "The media type is not taken: send application/scim+json",
}


def answer_failure(error: Exception) -> Reply:
    """Return the SCIM error of an exception, shaped by the profile when the caller is known."""
    visit = current_visit()
    call: Call | None = visit.call
    if call is None:
        told = _translate(error)
    else:
        resource_type = GROUP if "/groups" in visit.path.lower() else USER
        operation = call.operation or OPERATIONS.get(visit.method, "search")
        told = shaped_error(error, call, call.context(operation, resource_type))
    return encode(told.status, error_document(told), told.headers)


def shaped_error(error: Exception, call: Call, context: HookContext) -> ScimError:
    """Return the SCIM error of an exception as the caller's profile shapes it."""
    return call.bound.profile.shape_error(_translate(error), context)


def error_document(error: ScimError) -> dict[str, Any]:
    """Return the body of an error; its text ends in the id of the request."""
    return error.document() | {"detail": f"{error.detail} ({current_visit().ident})"}


def _translate(error: Exception) -> ScimError:
    if isinstance(error, ScimError):
        return error
    if isinstance(error, HTTPException):
        return _translate_http(error)
    if isinstance(error, UnauthenticatedError):
        return ScimError(401, str(error), headers={"WWW-Authenticate": 'Bearer realm="scim"'})
    if isinstance(error, TooManyRequestsError):
        return ScimError(429, str(error), headers={"Retry-After": str(error.retry_after)})
    if isinstance(error, ProfileUnavailableError):
        return _unavailable(str(error), DISABLED_RETRY_SECONDS)
    if isinstance(error, UnavailableError):
        logger.warning("unavailable: %s", error, exc_info=error.__cause__ is not None)
        return _unavailable(str(error), error.retry_after)
    if isinstance(error, ProfileError):
        logger.error("profile failed: %s", error, exc_info=error)
        return _unavailable("The profile of this connection failed; nothing was changed", DISABLED_RETRY_SECONDS)
    logger.error("unexpected failure", exc_info=error)
    if isinstance(error, OptiidError):
        return ScimError(500, "The request could not be carried out; nothing was changed")
    return ScimError(500, "An unexpected error; nothing was changed")


def _unavailable(detail: str, retry_after: int) -> ScimError:
    """503, never 401, 403, 404 or 409: identity providers take those as words about the user or the secret (R19)."""
    return ScimError(503, detail, headers={"Retry-After": str(retry_after)})


def _translate_http(error: HTTPException) -> ScimError:
    if isinstance(error, MethodNotAllowed):
        allowed = ", ".join(sorted(set(error.valid_methods or ()) - {"OPTIONS"}))
        return ScimError(
            405, f"{current_visit().method} is not allowed here; allowed: {allowed}", headers={"Allow": allowed}
        )
    status = error.code or 500
    return ScimError(status, HTTP_TEXTS.get(status, "The request cannot be answered"))
