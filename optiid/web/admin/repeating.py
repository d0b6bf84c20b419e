"""The header Idempotency-Key: a POST that is repeated is carried out once and answered as it was."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

import orjson

from optiid.scim.errors import ScimError
from optiid.services.idempotency import Kept, Sent, once
from optiid.web.http import read_body
from optiid.web.visit import current_visit

if TYPE_CHECKING:
    from collections.abc import Callable

    from optiid.web.admin.call import AdminCall
    from optiid.web.admin.route import Route

HEADER = "Idempotency-Key"
REPLAYED = {"Idempotency-Replayed": "true"}
_FORM = re.compile(r"[!-~]{1,255}")


def carry_out(call: AdminCall, route: Route, work: Callable[[], Kept]) -> Kept:
    """Return the answer of a call: of the work, or of the same request before. Raises what `once` raises."""
    name = current_visit().request.headers.get(HEADER)
    if route.method != "POST" or name is None:
        return work()
    if not _FORM.fullmatch(name):
        raise ScimError.invalid_syntax(f"{HEADER} must have 1 to 255 printable ASCII characters without blanks")
    done: list[Kept] = []

    def first() -> Kept:
        done.append(work())
        return _without_secret(done[-1], route)

    kept = once(call.database, Sent(call.holder, name, _digest(call, route)), first)
    return done[-1] if kept is None else Kept(kept.status, kept.body, kept.headers | REPLAYED)


def _without_secret(kept: Kept, route: Route) -> Kept:
    """Return what is kept of an answer: a secret is shown once, and whoever lost it makes another."""
    return Kept(kept.status, kept.body | {route.secret: None}, kept.headers) if route.secret else kept


def _digest(call: AdminCall, route: Route) -> str:
    body = current_visit().body if route.body else read_body(call.service.settings.body_limit)
    assert body is not None  # noqa: S101 - for the type checker: the shape of the route was read from it
    visit = current_visit()
    sent = [visit.method, visit.path, visit.query, body.decode("latin-1")]
    return hashlib.sha256(orjson.dumps(sent)).hexdigest()
