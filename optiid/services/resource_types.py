"""The resource types of an organization, kept until its schemas change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optiid.scim.resource_types import ResourceType, registry
from optiid.services import extension_schemas

if TYPE_CHECKING:
    from collections.abc import Mapping

    from optiid.services.identify import Caller
    from optiid.storage.database import Database


class ResourceTypes:
    """Reads each organization's schemas once per revision; one without schemas of its own costs nothing."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known: dict[str, tuple[int, Mapping[str, ResourceType]]] = {}

    def of(self, caller: Caller) -> Mapping[str, ResourceType]:
        """Return the resource types of the caller's organization by name, in the order discovery lists them."""
        if not caller.schema_revision:
            return registry()
        organization = caller.scope.organization
        known = self._known.get(organization)
        if known is not None and known[0] == caller.schema_revision:
            return known[1]
        types = extension_schemas.resource_types(self._database, organization)
        self._known[organization] = (caller.schema_revision, types)
        return types
