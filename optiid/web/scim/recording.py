"""After a SCIM call: keep request and answer, where the connection records them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import g, request

from optiid.services import request_log

if TYPE_CHECKING:
    from flask import Response

    from optiid.web.scim.call import Call

# Of the conditional headers a replay needs these; what profiles may see is kept as well, credentials never.
CONDITIONAL = ("If-Match", "If-None-Match")


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
