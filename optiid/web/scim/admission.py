"""Before each SCIM call: identify the caller, find its profile, refuse what is paused or switched off."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from flask import g, request

from optiid.errors import UnavailableError
from optiid.services.identify import Caller, identify
from optiid.web.http import request_id
from optiid.web.scim.call import Call, request_facts
from optiid.web.service import Service, current_service

if TYPE_CHECKING:
    from optiid.profiles.types import RequestFacts

logger = logging.getLogger(__name__)
PAUSED_RETRY_SECONDS = 300
# Connections whose traffic was compared with their profile in this process, each once per revision.
_recognised: dict[str, int] = {}


def admit() -> None:
    """Open the call. Raises UnauthenticatedError, UnavailableError (paused) and ProfileUnavailableError."""
    service = current_service()
    header = request.headers.get("Authorization")
    caller = identify(service.database, header, service.settings.last_used_interval_seconds)
    if caller.state != "active":
        raise UnavailableError(
            f"Connection {caller.connection_name!r} is {caller.state}: an administrator can activate it",
            PAUSED_RETRY_SECONDS,
        )
    bound = service.profiles.of(caller)
    g.call = Call(service, caller, bound, request_id())
    if _recognised.get(caller.scope.connection) != caller.revision:
        _recognised[caller.scope.connection] = caller.revision
        _compare(service, caller, request_facts())


def _compare(service: Service, caller: Caller, facts: RequestFacts) -> None:
    """Warn when a connection's requests look like those of another profile than its own."""
    seen = service.profiles.registry.recognise(facts)
    if seen is not None and seen[0] != caller.profile:
        logger.warning(
            "connection %s has profile %s, but its requests look like %s: %s",
            caller.scope.connection,
            caller.profile,
            seen[0],
            seen[1].reason,
        )
