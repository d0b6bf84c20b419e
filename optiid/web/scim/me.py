"""`/Me`: the user a connection speaks for (RFC 7644, section 3.11).

A token is a connection's, so there is such a user only where an administrator names one in the connection's settings.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from optiid.scim.errors import ScimError
from optiid.scim.rendering import location_of
from optiid.services import reading
from optiid.web.scim import resources

if TYPE_CHECKING:
    from collections.abc import Callable

    from optiid.scim.resource_types import ResourceType
    from optiid.web.reply import Reply
    from optiid.web.scim.call import Call


def get_me(call: Call) -> Reply:
    """Answer GET."""
    return _as_resource(call, resources.get_resource)


def replace_me(call: Call) -> Reply:
    """Answer PUT."""
    return _as_resource(call, resources.replace_resource)


def patch_me(call: Call) -> Reply:
    """Answer PATCH."""
    return _as_resource(call, resources.patch_resource)


def delete_me(call: Call) -> Reply:
    """Answer DELETE."""
    return _as_resource(call, resources.delete_resource)


def create_me(_call: Call) -> Reply:
    """Answer POST: a connection creates users at their endpoint."""
    raise ScimError(501, "/Me cannot be created: send the user to /Users")


def _as_resource(call: Call, view: Callable[[Call, ResourceType, str], Reply]) -> Reply:
    """Answer as the user's own URL does, whose address stands in Location."""
    name, user = call.bound.settings["me"], call.resource_types["User"]
    if not name:
        raise ScimError(501, "/Me is not offered: the token belongs to a connection, not to a user. Use /Users")
    ident = reading.id_of(call.service.database, call.caller.plane, user, name)
    response = view(call, user, ident)
    response.headers["Location"] = location_of(user, ident, call.base_url)
    return response
