"""What the scopes of a token allow, asked at one place: no view is called without (rule R21)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from optiid.scim.errors import ScimError
from optiid.scim.schemas.group import NamelessGroupSchema
from optiid.services.scopes import may

if TYPE_CHECKING:
    from collections.abc import Mapping

    from optiid.scim.resource_types import ResourceType
    from optiid.services.scopes import Action
    from optiid.web.scim.call import Call

INSUFFICIENT = 'Bearer realm="scim", error="insufficient_scope", scope="{}"'


def check(call: Call, action: Action, *resource_types: str) -> None:
    """Raise 403 when the token may not read or write resources of each of these types (RFC 6750, section 3.1)."""
    scopes = call.caller.scopes
    if not scopes:
        return
    for name in resource_types:
        if not may(scopes, action, name):
            needed = f"scim:{action}:{name}"
            text = f"This token has the scopes {scopes}, and this needs {needed}: use a token that has it"
            raise ScimError(403, text, headers={"WWW-Authenticate": INSUFFICIENT.format(needed)})


def visible(scopes: str, resource_types: Mapping[str, ResourceType]) -> Mapping[str, ResourceType]:
    """Return the resource types as a token sees them: to whom users are hidden, groups do not name their members."""
    if may(scopes, "read", "User"):
        return resource_types
    return {**resource_types, "Group": replace(resource_types["Group"], schema_class=NamelessGroupSchema)}
