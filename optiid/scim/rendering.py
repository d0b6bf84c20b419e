"""A stored resource as clients see it: id, schemas, meta, members and groups joined to its document."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from optiid.clock import is_own_form
from optiid.scim.messages import LIST_URN
from optiid.scim.resource_types import ResourceType, registry
from optiid.scim.versions import entity_tag

if TYPE_CHECKING:
    from collections.abc import Iterable


class Reference(NamedTuple):
    """A member of a group, or a group of a user.

    `display` is None where it is not to be shown; `direct` is False for a group reached through another group.
    """

    id: str
    type: str
    display: str | None
    direct: bool = True


class Renderable(Protocol):
    """What rendering needs to know of a stored resource."""

    @property
    def id(self) -> str:
        """Its id."""

    @property
    def version(self) -> int:
        """Its version, counted from 1."""

    @property
    def created_at(self) -> str:
        """When it was created."""

    @property
    def updated_at(self) -> str:
        """When it was last changed."""

    @property
    def document(self) -> dict[str, Any]:
        """Its internal document."""


def location_of(resource_type: ResourceType, ident: str, base_url: str) -> str:
    """Return the URL of a resource; it is made from the configured base URL only (rule R13)."""
    return f"{base_url}{resource_type.endpoint}/{ident}"


def render(
    resource: Renderable, resource_type: ResourceType, base_url: str, references: Iterable[Reference] = ()
) -> dict[str, Any]:
    """Return the wire document; `references` are the members of a group or the groups of a user."""
    document = resource.document
    urns = [name for name in document if ":" in name and name.lower().startswith("urn:")]
    wire = {"schemas": [resource_type.schema.urn, *urns], "id": resource.id, **document}
    for urn, name, kind in resource_type.links:
        _add_link(wire, (urn, name), registry()[kind], base_url)
    if rendered := render_references(references, resource_type, base_url):
        wire["members" if resource_type.attribute("members") else "groups"] = rendered
    wire["meta"] = {
        "resourceType": resource_type.name,
        "created": resource.created_at,
        "lastModified": resource.updated_at,
        "location": location_of(resource_type, resource.id, base_url),
        "version": entity_tag(resource.version),
    }
    return wire


def _add_link(wire: dict[str, Any], place: tuple[str, str], target: ResourceType, base_url: str) -> None:
    """Give a reference in an extension its `$ref`: the server's, or none, and never what a client sent (rule R3)."""
    urn, name = place
    extension = wire.get(urn)
    if not extension or name not in extension:
        return
    told = {part: value for part, value in extension[name].items() if part != "$ref"}
    if is_own_form(told.get("value", "")):
        told["$ref"] = location_of(target, told["value"], base_url)
    wire[urn] = extension | {name: told}


def render_references(references: Iterable[Reference], owner: ResourceType, base_url: str) -> list[dict[str, Any]]:
    """Return the members of a group or the groups of a user as clients see them."""
    return [_render_reference(reference, owner, base_url) for reference in references]


def _render_reference(reference: Reference, owner: ResourceType, base_url: str) -> dict[str, Any]:
    """Return a reference: a member's type names its resource type, a group's says direct or indirect."""
    kind = reference.type if owner.attribute("members") else ("direct" if reference.direct else "indirect")
    location = location_of(registry()[reference.type], reference.id, base_url)
    shown = {"value": reference.id, "$ref": location, "type": kind}
    return shown if reference.display is None else shown | {"display": reference.display}


def render_list(resources: list[dict[str, Any]], total: int, start_index: int) -> dict[str, Any]:
    """Return a ListResponse (RFC 7644, section 3.4.2)."""
    return {
        "schemas": [LIST_URN],
        "totalResults": total,
        "startIndex": start_index,
        "itemsPerPage": len(resources),
        "Resources": resources,
    }


def render_cursor_page(
    resources: list[dict[str, Any]], total: int, next_cursor: str | None, previous_cursor: str | None
) -> dict[str, Any]:
    """Return a ListResponse of a page by cursor; the last page has no `nextCursor` (RFC 9865, section 2)."""
    cursors = {"previousCursor": previous_cursor, "nextCursor": next_cursor}
    return {
        "schemas": [LIST_URN],
        "totalResults": total,
        "itemsPerPage": len(resources),
        **{name: cursor for name, cursor in cursors.items() if cursor is not None},
        "Resources": resources,
    }
