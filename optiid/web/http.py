"""HTTP matters that are alike for all doors: lawful paths, request ids, security headers, bodies within bounds."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from flask import Flask, Response, g, request
from werkzeug.routing import BaseConverter

from optiid import logs
from optiid.scim.errors import ScimError
from optiid.web.service import current_service

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

_SLASHES = re.compile(r"/{2,}")
Application = Callable[["WSGIEnvironment", "StartResponse"], Iterable[bytes]]


class TidyPaths:
    """Take away repeated and trailing slashes before routing: harmless, and never answered by a redirect."""

    def __init__(self, application: Application) -> None:
        self._application = application

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Pass the request on under its tidy path."""
        path: str = environ.get("PATH_INFO", "")
        if "//" in path or path.endswith("/"):
            environ["PATH_INFO"] = _SLASHES.sub("/", path).rstrip("/") or "/"
        return self._application(environ, start_response)


class Name(BaseConverter):
    """A part of a path that names something. None begins with a dot: `/.search` (RFC 7644, section 3.4.3) is no id."""

    regex = "[^./][^/]*"


def install(app: Flask) -> None:
    """Set up what every request passes."""
    app.url_map.converters["default"] = Name
    app.wsgi_app = TidyPaths(app.wsgi_app)  # type: ignore[method-assign]  # Flask's own way to add a middleware
    app.url_map.strict_slashes = False
    app.url_map.merge_slashes = False
    app.before_request(_open_request)
    app.after_request(_secure)
    app.teardown_request(_close_request)


def _open_request() -> None:
    g.request_id = f"req_{secrets.token_hex(8)}"
    logs.request_id.set(g.request_id)


def request_id() -> str:
    """Return the id of the current request; also for a request so broken that nothing else ran."""
    found: str = g.setdefault("request_id", f"req_{secrets.token_hex(8)}")
    return found


def _secure(response: Response) -> Response:
    """Nothing here may be cached, sniffed or framed (rule R12)."""
    response.headers["X-Request-Id"] = request_id()
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "no-store"
    return response


def _close_request(_error: BaseException | None) -> None:
    current_service().database.release()
    logs.request_id.set(None)


def read_body(limit: int, name: str = "limit") -> bytes:
    """Return the body of the request. Raises 413 beyond `limit` bytes, and invalidSyntax for one that does not arrive.

    Half a body is no body: what was cut off must not be taken for what was meant.
    """
    announced = request.content_length
    if announced is not None and announced > limit:
        raise too_large(limit, name)
    stream = request.environ["wsgi.input"]
    try:
        body: bytes = stream.read(limit + 1 if announced is None else announced)
    except Exception as error:  # servers raise what they like for broken chunks, and none of it is our fault
        raise ScimError.invalid_syntax("The body is not sent as HTTP has it, or its chunks are broken") from error
    if len(body) > limit:
        raise too_large(limit, name)
    if announced is not None and len(body) < announced:
        raise ScimError.invalid_syntax(f"The body ended after {len(body)} of {announced} bytes")
    g.sent_body = body
    return body


def too_large(limit: int, name: str = "limit") -> ScimError:
    """Return 413 for a body beyond a limit, which must be told (RFC 7644, section 3.7.4)."""
    return ScimError.too_large(f"The body is larger than the {name} of {limit} bytes: send it in parts")
