"""The GET of a group with a page of its members."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from optiid.scim.members_page import MembersPage, read_members_page, with_page
from optiid.scim.rendering import render
from optiid.services import reading

if TYPE_CHECKING:
    from optiid.scim.projection import Projection
    from optiid.scim.resource_types import ResourceType
    from optiid.storage.resources import Stored
    from optiid.web.scim.call import Call


def asked_page(call: Call, resource_type: ResourceType) -> MembersPage | None:
    """Return the page of members that the URL asks for. Raises invalidValue and invalidFilter."""
    if not call.parameters or not resource_type.attribute("members"):
        return None
    limits = call.page_limits
    page = read_members_page(call.parameters, resource_type, call.service.filter_limits)
    return page and page.within(limits.default, limits.largest)


def document_with_page(
    call: Call, resource_type: ResourceType, stored: Stored, page: MembersPage, projection: Projection
) -> dict[str, Any]:
    """Return the wire document of a group; word of the page goes with `members`, whatever else is left out."""
    database, scope = call.service.database, call.caller.plane
    members, total = reading.members_page(database, scope, resource_type, stored.id, page, projection)
    body = projection.apply(render(stored, resource_type, call.base_url, members))
    return with_page(body, page, total, len(members))
