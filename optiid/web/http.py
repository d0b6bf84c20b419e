"""HTTP matters that are alike for all doors: lawful paths, request ids, security headers, bodies within bounds."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from flask import Flask, Response, g, request

from optiid import logs
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


def install(app: Flask) -> None:
    """Set up what every request passes."""
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


def read_body(limit: int) -> bytes:
    """Return the body of the request; werkzeug raises 413 for one beyond `limit` bytes before reading it."""
    request.max_content_length = limit
    body: Any = request.get_data(cache=False)
    return bytes(body)
