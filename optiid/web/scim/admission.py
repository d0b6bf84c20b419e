"""Before each SCIM call: identify the caller, find its profile, refuse what is paused or switched off."""

from __future__ import annotations

from flask import g, request

from optiid.errors import RefusedTokenError, UnavailableError
from optiid.services.identify import identify
from optiid.web.http import request_id
from optiid.web.scim.call import Call
from optiid.web.service import current_service

PAUSED_RETRY_SECONDS = 300


def admit() -> None:
    """Open the call. Raises UnauthenticatedError, UnavailableError (paused) and ProfileUnavailableError."""
    service = current_service()
    header = request.headers.get("Authorization")
    try:
        caller = identify(service.database, header, service.settings.last_used_interval_seconds)
    except RefusedTokenError as error:
        g.refused = (error.organization, error.connection, error.profile)
        raise
    g.refused = (caller.scope.organization, caller.scope.connection, caller.profile)
    if caller.state not in ("active", "dry-run"):
        raise UnavailableError(
            f"Connection {caller.connection_name!r} is {caller.state}: an administrator can activate it",
            PAUSED_RETRY_SECONDS,
        )
    if (caller.state == "dry-run") != (caller.plane is not caller.scope):
        raise UnavailableError(
            f"Connection {caller.connection_name!r} needs an administrator: its dry run is not whole",
            PAUSED_RETRY_SECONDS,
        )
    bound = service.profiles.of(caller)
    g.call = Call(service, caller, bound, request_id())
