"""Discovery documents (RFC 7643, sections 5 and 7; RFC 7644, section 4), generated from what the code enforces."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from optiid.scim.attributes import SchemaDescription

SCHEMA_URN = "urn:ietf:params:scim:schemas:core:2.0:Schema"
CONFIG_URN = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"
RFC_6750 = "https://www.rfc-editor.org/info/rfc6750"


def schema_document(schema: SchemaDescription, base_url: str) -> dict[str, Any]:
    """Return a schema as `/Schemas` shows it."""
    return {
        "schemas": [SCHEMA_URN],
        "id": schema.urn,
        "name": schema.name,
        "description": schema.description,
        "attributes": [attribute.document() for attribute in schema.attributes],
        "meta": {"resourceType": "Schema", "location": f"{base_url}/Schemas/{schema.urn}"},
    }


@dataclass(frozen=True, slots=True)
class Pagination:
    """How many resources a page holds by default and at most, and for how many seconds a cursor can be used."""

    default: int
    largest: int
    cursor_seconds: int

    def document(self) -> dict[str, Any]:
        """Return the `pagination` of a ServiceProviderConfig (RFC 9865, section 4).

        Index paging stays the default, as clients from before RFC 9865 need it (section 2.5).
        """
        return {
            "cursor": True,
            "index": True,
            "defaultPaginationMethod": "index",
            "defaultPageSize": min(self.default, self.largest),
            "maxPageSize": self.largest,
            "cursorTimeout": self.cursor_seconds,
        }


def service_provider_config(base_url: str, *, pages: Pagination, operations: int, payload: int) -> dict[str, Any]:
    """Return what this service supports, with the limits of its pages and of bulk requests."""
    return {
        "schemas": [CONFIG_URN],
        "documentationUri": "https://www.rfc-editor.org/rfc/rfc7644",
        "patch": {"supported": True},
        "bulk": {"supported": True, "maxOperations": operations, "maxPayloadSize": payload},
        "filter": {"supported": True, "maxResults": pages.largest},
        "changePassword": {"supported": False},
        "sort": {"supported": True},
        "etag": {"supported": True},
        "pagination": pages.document(),
        "authenticationSchemes": [
            {
                "type": "oauthbearertoken",
                "name": "Bearer token",
                "description": "The token of the connection, as Authorization: Bearer TOKEN",
                "specUri": RFC_6750,
                "primary": True,
            }
        ],
        "meta": {"resourceType": "ServiceProviderConfig", "location": f"{base_url}/ServiceProviderConfig"},
    }
