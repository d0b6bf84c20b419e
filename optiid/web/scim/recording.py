"""After a SCIM call: see whose request it looks like, note hooks that failed, keep it where requests are recorded."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import orjson

from optiid.profiles.hook_faults import take
from optiid.scim.shape import shape_of
from optiid.services import hook_faults, recognitions, request_log

if TYPE_CHECKING:
    from optiid.web.reply import Reply
    from optiid.web.scim.call import Call

# Of the conditional headers a replay needs these; what profiles may see is kept as well, credentials never.
CONDITIONAL = {"if-match": "HTTP_IF_MATCH", "if-none-match": "HTTP_IF_NONE_MATCH"}

# A larger body says no more about who sends it.
READ_LIMIT = 64 * 1024


def recognise(call: Call) -> None:
    """Compare the first requests of a connection with what profiles know. Raises nothing."""
    if recognitions.is_open(call.caller):
        service, facts = call.service, replace(call.facts, shape=_sent_shape(call.visit.body))
        recognitions.compare(service.database, service.profiles.registry, call.caller, facts)


def note_faults(call: Call) -> None:
    """Write down which hooks failed or were slow in a call. Raises nothing."""
    faults = take()
    if faults:
        hook_faults.note(call.service.database, call.caller.scope, faults)


def _sent_shape(sent: bytes | None) -> dict[str, Any] | None:
    if not sent or len(sent) > READ_LIMIT:
        return None
    try:
        read = orjson.loads(sent)
    except orjson.JSONDecodeError:
        return None
    return shape_of(read) if isinstance(read, dict) else None


def record(call: Call, path: str, reply: Reply, milliseconds: float) -> None:
    """Keep the exchange of a call that is answered now; `path` is the one below the base URL. Raises nothing."""
    environ = call.visit.environ
    conditional = {name: environ[key] for name, key in CONDITIONAL.items() if key in environ}
    exchange = request_log.Exchange(
        method=call.visit.method,
        path=path,
        query=call.facts.query,
        headers={**call.facts.headers, **conditional},
        body=call.visit.body,
        status=reply.status,
        answer=reply.whole,
        request=call.request_id,
        milliseconds=round(milliseconds, 2),
    )
    request_log.record(call.service.database, call.caller, exchange)
