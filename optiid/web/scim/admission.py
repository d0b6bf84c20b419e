"""Before each SCIM call: identify the caller, find its profile, refuse what is paused or switched off."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optiid.errors import RefusedTokenError, UnauthenticatedError, UnavailableError
from optiid.profiles import hook_faults
from optiid.web import attempts
from optiid.web.scim.call import Call
from optiid.web.service import current_service

if TYPE_CHECKING:
    from optiid.web.visit import Visit

PAUSED_RETRY_SECONDS = 300


def admit(visit: Visit) -> Call:
    """Open the call of a request.

    Raises UnauthenticatedError, TooManyRequestsError, UnavailableError (paused) and ProfileUnavailableError.
    """
    service = current_service()
    hook_faults.take()  # what this thread noted before is not of this request
    header = visit.environ.get("HTTP_AUTHORIZATION")
    attempts.check(visit, header)
    try:
        caller = service.callers.of(header, visit.origin)
    except RefusedTokenError as error:
        visit.whose = (error.organization, error.connection, error.profile)
        raise
    except UnauthenticatedError:
        attempts.failed(visit, header)
        raise
    visit.whose = (caller.scope.organization, caller.scope.connection, caller.profile)
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
    service.rate_limits.take(caller.scope, bound.rate_limit)
    call = visit.call = Call(visit, service, caller, bound)
    return call
