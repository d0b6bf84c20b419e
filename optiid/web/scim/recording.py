"""After a SCIM call: see whose request it looks like, note hooks that failed, keep it where requests are recorded."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import orjson
from flask import g, request

from optiid.profiles.hook_faults import take
from optiid.scim.shape import shape_of
from optiid.services import hook_faults, recognitions, request_log

if TYPE_CHECKING:
    from flask import Response

    from optiid.web.scim.call import Call

# Of the conditional headers a replay needs these; what profiles may see is kept as well, credentials never.
CONDITIONAL = ("If-Match", "If-None-Match")

# A larger body says no more about who sends it.
READ_LIMIT = 64 * 1024


def recognise(call: Call) -> None:
    """Compare the first requests of a connection with what profiles know. Raises nothing."""
    if recognitions.is_open(call.caller):
        service, facts = call.service, replace(call.facts, shape=_sent_shape())
        recognitions.compare(service.database, service.profiles.registry, call.caller, facts)


def note_faults(call: Call) -> None:
    """Write down which hooks failed or were slow in a call. Raises nothing."""
    faults = take()
    if faults:
        hook_faults.note(call.service.database, call.caller.scope, faults)


def _sent_shape() -> dict[str, Any] | None:
    sent: bytes | None = g.get("sent_body")
    if not sent or len(sent) > READ_LIMIT:
        return None
    try:
        read = orjson.loads(sent)
    except orjson.JSONDecodeError:
        return None
    return shape_of(read) if isinstance(read, dict) else None


def record(call: Call, path: str, response: Response, milliseconds: float) -> None:
    """Keep the exchange of a call that is answered now; `path` is the one below the base URL. Raises nothing."""
    conditional = {name.lower(): request.headers[name] for name in CONDITIONAL if name in request.headers}
    exchange = request_log.Exchange(
        method=request.method,
        path=path or "/",
        query=call.facts.query,
        headers={**call.facts.headers, **conditional},
        body=g.get("sent_body"),
        status=response.status_code,
        answer=None if response.is_streamed else response.get_data(),
        request=call.request_id,
        milliseconds=round(milliseconds, 2),
    )
    request_log.record(call.service.database, call.caller, exchange)
