"""Discovery documents (RFC 7643, sections 5 and 7; RFC 7644, section 4), generated from what the code enforces."""

from __future__ import annotations

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


def service_provider_config(base_url: str, *, page_limit: int, operations: int, payload: int) -> dict[str, Any]:
    """Return what this service supports; `page_limit` resources a page, and the limits bulk requests would have.

    The limits of bulk stand there although bulk is not offered yet: clients divide their work by them regardless.
    """
    return {
        "schemas": [CONFIG_URN],
        "documentationUri": "https://www.rfc-editor.org/rfc/rfc7644",
        "patch": {"supported": True},
        "bulk": {"supported": False, "maxOperations": operations, "maxPayloadSize": payload},
        "filter": {"supported": True, "maxResults": page_limit},
        "changePassword": {"supported": False},
        "sort": {"supported": True},
        "etag": {"supported": True},
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
