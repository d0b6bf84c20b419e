"""`POST /oauth/token`: the client credentials grant (RFC 6749, sections 2.3.1, 4.4 and 5.2; RFC 7523, section 2.2)."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import orjson
from flask import Blueprint
from werkzeug.exceptions import HTTPException

from optiid import logs
from optiid.errors import InvalidInputError, TooManyRequestsError, UnauthenticatedError, UnavailableError
from optiid.scim.errors import ScimError
from optiid.services import granting
from optiid.web import attempts
from optiid.web.http import read_body
from optiid.web.reply import Reply
from optiid.web.service import current_service
from optiid.web.token_request import BODY_LIMIT, PATH, PREFIX, OAuthError, check_form, read_basic, read_form
from optiid.web.visit import current_visit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from optiid.services.granting import Known
    from optiid.web.visit import Visit

logger = logging.getLogger(__name__)
GRANT_TYPE = "client_credentials"
BEARER_ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
CHALLENGE = {"WWW-Authenticate": 'Basic realm="oauth", charset="UTF-8"'}


def blueprint() -> Blueprint:
    """Return the blueprint of the token endpoint."""
    made = Blueprint("oauth", __name__, url_prefix=PREFIX)
    made.add_url_rule("/token", view_func=give_token, methods=["POST"], provide_automatic_options=False)
    return made


def give_token() -> Reply:
    """Answer POST: an access token for a client that proves who it is."""
    sent = _form()
    if sent.get("grant_type") is None:
        raise OAuthError("invalid_request", f"grant_type is missing: send {GRANT_TYPE}")
    if sent["grant_type"] != GRANT_TYPE:
        raise OAuthError("unsupported_grant_type", f"Only grant_type {GRANT_TYPE} is offered")
    service, visit = current_service(), current_visit()
    proof = orjson.dumps(sent).decode() + visit.environ.get("HTTP_AUTHORIZATION", "")
    attempts.check(visit, proof)
    try:
        client = _client(sent)
    except UnauthenticatedError:
        attempts.failed(visit, proof)
        raise
    try:
        granted = granting.grant(
            service.database, client, sent.get("scope", ""), service.settings.last_used_interval_seconds, visit.origin()
        )
    except InvalidInputError as error:
        raise OAuthError("invalid_scope", str(error)) from error
    body = {
        "access_token": granted.token, "token_type": "Bearer", "expires_in": granted.seconds, "scope": granted.scope,
    }  # fmt: skip
    return _reply(200, body)


def tell(visit: Visit, reply: Reply) -> None:
    """Log an answer of this door."""
    if visit.path.startswith(PREFIX + "/"):
        logs.request_line(
            method=visit.method,
            path=visit.path,
            status=reply.status,
            milliseconds=visit.milliseconds,
            request_id=visit.ident,
        )


def answer_failure(error: Exception) -> Reply:
    """Return the OAuth error of an exception; none tells of a client whether it exists."""
    if isinstance(error, OAuthError):
        return _told(error.status, error.code, str(error))
    if isinstance(error, UnauthenticatedError):
        return _told(401, "invalid_client", granting.NOT_RECOGNISED, CHALLENGE)
    if isinstance(error, TooManyRequestsError):
        return _told(429, "temporarily_unavailable", str(error), {"Retry-After": str(error.retry_after)})
    if isinstance(error, UnavailableError):
        return _told(503, "temporarily_unavailable", str(error), {"Retry-After": str(error.retry_after)})
    if isinstance(error, ScimError):
        return _told(error.status, "invalid_request", error.detail)
    if isinstance(error, HTTPException):
        headers = {"Allow": "POST"} if error.code == 405 else {}  # noqa: PLR2004 - the status says what it is
        return _told(error.code or 400, "invalid_request", "Send POST to /oauth/token", headers)
    logger.error("token request failed", exc_info=error)
    return _told(500, "server_error", "An unexpected error; nothing was changed")


def _form() -> dict[str, str]:
    check_form(current_visit().environ.get("CONTENT_TYPE", ""))
    return read_form(read_body(BODY_LIMIT))


def _client(sent: dict[str, str]) -> Known:
    """Return the client by the one way in which it proves who it is. Raises OAuthError and UnauthenticatedError."""
    service, header = current_service(), current_visit().environ.get("HTTP_AUTHORIZATION")
    ways = (header is not None, "client_secret" in sent, "client_assertion" in sent)
    if sum(ways) > 1:
        raise OAuthError("invalid_request", "The client proves who it is in more than one way: choose one")
    if header is not None:
        ident, secret = read_basic(header)
        if sent.get("client_id", ident) != ident:
            raise UnauthenticatedError(granting.NOT_RECOGNISED)
        return granting.by_secret(service.database, ident, secret)
    if "client_assertion" in sent:
        if sent.get("client_assertion_type") != BEARER_ASSERTION:
            raise OAuthError("invalid_request", f"client_assertion_type must be {BEARER_ASSERTION}")
        origin = service.settings.public_origin
        audiences = (f"{origin}{PATH}", origin)
        return granting.by_assertion(service.database, sent.get("client_id", ""), sent["client_assertion"], audiences)
    return granting.by_secret(service.database, sent.get("client_id", ""), sent.get("client_secret", ""))


def _told(status: int, code: str, description: str, headers: dict[str, str] | None = None) -> Reply:
    described = {"error": code, "error_description": description.replace('"', "'").replace("\\", "/")}
    return _reply(status, described, headers)


def _reply(status: int, body: Mapping[str, object], headers: dict[str, str] | None = None) -> Reply:
    """Return an answer that nobody keeps: Cache-Control stands in every answer, Pragma is for old caches."""
    about = {"Content-Type": "application/json", "Pragma": "no-cache"}
    return Reply(status, orjson.dumps(body), about | (headers or {}))
