"""HTTP matters that are alike for all doors: lawful paths, request ids, security headers, bodies within bounds."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from werkzeug.routing import BaseConverter
from werkzeug.sansio.utils import get_content_length

from optiid import logs
from optiid.scim.errors import ScimError
from optiid.security_headers import SECURITY_HEADERS
from optiid.web.visit import Visit, current_visit, enter

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment
    from flask import Flask

    from optiid.storage.database import Database

_SLASHES = re.compile(r"/{2,}")
Application = Callable[["WSGIEnvironment", "StartResponse"], Iterable[bytes]]


class Threshold:
    """What every request passes before and after Flask: tidy paths, an id, the headers of every answer.

    Repeated and trailing slashes are harmless, and never answered by a redirect. It is outside Flask because adding
    headers there costs ten times as much.
    """

    def __init__(self, application: Application, database: Database) -> None:
        self._application = application
        self._database = database

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Pass the request on under its tidy path and its id; then let go of what this thread held for it."""
        path: str = environ.get("PATH_INFO", "")
        if "//" in path or path.endswith("/"):
            path = environ["PATH_INFO"] = _SLASHES.sub("/", path).rstrip("/") or "/"
        visit = Visit(environ, path)
        enter(visit)
        logs.request_id.set(visit.ident)

        def begin(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            return start_response(status, [*headers, ("X-Request-Id", visit.ident), *SECURITY_HEADERS], exc_info)

        try:
            return self._application(environ, begin)
        finally:
            self._database.release()
            logs.request_id.set(None)


class Name(BaseConverter):
    """A part of a path that names something. None begins with a dot: `/.search` (RFC 7644, section 3.4.3) is no id."""

    regex = "[^./][^/]*"


def install(app: Flask, database: Database) -> None:
    """Set up what every request passes."""
    app.url_map.converters["default"] = Name
    app.wsgi_app = Threshold(app.wsgi_app, database)  # type: ignore[method-assign]  # Flask's own way to add a middleware
    app.url_map.strict_slashes = False
    app.url_map.merge_slashes = False


def read_body(limit: int, name: str = "limit") -> bytes:
    """Return the body of the request. Raises 413 beyond `limit` bytes, and invalidSyntax for one that does not arrive.

    Half a body is no body: what was cut off must not be taken for what was meant.
    """
    visit = current_visit()
    if visit.body is not None:
        return visit.body
    environ = visit.environ
    announced = get_content_length(environ.get("CONTENT_LENGTH"), environ.get("HTTP_TRANSFER_ENCODING"))
    if announced is not None and announced > limit:
        raise too_large(limit, name)
    stream = environ["wsgi.input"]
    try:
        body: bytes = stream.read(limit + 1 if announced is None else announced)
    except Exception as error:  # servers raise what they like for broken chunks, and none of it is our fault
        raise ScimError.invalid_syntax("The body is not sent as HTTP has it, or its chunks are broken") from error
    if len(body) > limit:
        raise too_large(limit, name)
    if announced is not None and len(body) < announced:
        raise ScimError.invalid_syntax(f"The body ended after {len(body)} of {announced} bytes")
    visit.body = body
    return body


def check_media_type(taken: Sequence[str]) -> None:
    """Raise 415 for a body that is not JSON in UTF-8, or compressed (rule R9); `taken` begins with the usual type."""
    visit = current_visit()
    if visit.environ.get("CONTENT_TYPE") in taken and "HTTP_CONTENT_ENCODING" not in visit.environ:
        return
    request = visit.request
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise ScimError(415, "Compressed bodies are not taken: send without Content-Encoding")
    if request.mimetype and request.mimetype not in taken:
        raise ScimError(415, f"Content-Type {request.mimetype[:60]!r} is not taken: send {taken[0]}")
    charset = request.mimetype_params.get("charset", "utf-8").strip("\"'").lower()
    if charset not in ("utf-8", "utf8"):
        raise ScimError(415, f"charset {charset[:30]!r} is not taken: send UTF-8")


def too_large(limit: int, name: str = "limit") -> ScimError:
    """Return 413 for a body beyond a limit, which must be told (RFC 7644, section 3.7.4)."""
    return ScimError.too_large(f"The body is larger than the {name} of {limit} bytes: send it in parts")
