"""The admin door: its blueprint, made of the routes of all nouns, and one log line per request."""

from __future__ import annotations

from dataclasses import asdict, is_dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import orjson
from flask import Blueprint, Flask

from optiid import logs
from optiid.errors import UnauthenticatedError
from optiid.services import api_keys
from optiid.services.idempotency import Kept
from optiid.web import attempts
from optiid.web.admin import identifiers, public
from optiid.web.admin.call import check_accept, open_call
from optiid.web.admin.nouns import ROUTES
from optiid.web.admin.repeating import carry_out
from optiid.web.admin.route import Answer, Listed
from optiid.web.reply import Reply
from optiid.web.service import current_service
from optiid.web.visit import Visit, current_visit

if TYPE_CHECKING:
    from optiid.web.admin.call import AdminCall
    from optiid.web.admin.route import Route

PREFIX = "/api/v1"
MEDIA_TYPE = "application/json"


def install(app: Flask) -> None:
    """Attach the door."""
    made = Blueprint("admin", __name__, url_prefix=PREFIX)
    for route in ROUTES:
        view = partial(answer, route)
        name = f"{route.method} {route.path}"
        made.add_url_rule(route.path, name, view, methods=[route.method], provide_automatic_options=False)
    app.register_blueprint(made)
    app.register_blueprint(public.blueprint(PREFIX))


def answer(route: Route, **parts: str) -> Reply:
    """Answer a request to a route: its key, its scope, what it names and sends, what the view makes of it."""
    service, visit = current_service(), current_visit()
    header = visit.environ.get("HTTP_AUTHORIZATION")
    attempts.check(visit, header)
    try:
        holder = api_keys.identify(service.database, header, service.settings.last_used_interval_seconds)
    except UnauthenticatedError:
        attempts.failed(visit, header)
        raise
    service.rate_limits.take_for_key(holder.organization, holder.key)
    visit.api_key = holder.key
    api_keys.check_scope(holder, route.scope)
    check_accept()
    idents = {kind: identifiers.of_path(kind, text) for kind, text in parts.items()}
    call = open_call(service, holder, route, idents)
    kept = carry_out(call, route, lambda: _viewed(call, route, idents))
    if kept.body is None:
        return Reply(kept.status, b"", dict(kept.headers))
    return Reply(kept.status, orjson.dumps(kept.body), {"Content-Type": MEDIA_TYPE, **kept.headers})


def _viewed(call: AdminCall, route: Route, idents: dict[str, str]) -> Kept:
    told = route.view(call, **idents)
    if not isinstance(told, Answer):
        told = Answer(told)
    return Kept(told.status or route.status, _shaped(route, told.body), dict(told.headers))


def _shaped(route: Route, value: Any) -> Any:
    if route.answer is None:
        return None
    shape = route.answer()
    if isinstance(value, Listed):
        return {"data": shape.dump(value.data, many=True), "next": value.next}
    return shape.dump(asdict(value) if is_dataclass(value) and not isinstance(value, type) else value)


def tell(visit: Visit, reply: Reply) -> None:
    """Log an answer of this door."""
    if visit.path.startswith(PREFIX):
        logs.request_line(
            method=visit.method,
            path=visit.path,
            status=reply.status,
            milliseconds=visit.milliseconds,
            request_id=visit.ident,
            api_key=visit.api_key,
        )
