"""ServiceProviderConfig, ResourceTypes and Schemas, generated from code (RFC 7644, section 4), and `/Me`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from optiid.profiles.types import Answer
from optiid.scim.discovery import Pagination, schema_document, service_provider_config
from optiid.scim.errors import ScimError
from optiid.scim.rendering import render_list
from optiid.scim.resource_types import USER
from optiid.web.scim.respond import answer

if TYPE_CHECKING:
    from optiid.web.reply import Reply
    from optiid.web.scim.call import Call


def show_service_provider_config(call: Call) -> Reply:
    """Answer GET on `/ServiceProviderConfig`."""
    settings, pages = call.service.settings, call.page_limits
    document = service_provider_config(
        call.base_url,
        pages=Pagination(pages.default, pages.largest, pages.cursor_seconds),
        operations=settings.bulk_operations,
        payload=settings.bulk_body_limit,
    )
    return _respond(call, "ServiceProviderConfig", document)


def list_resource_types(call: Call) -> Reply:
    """Answer GET on `/ResourceTypes`."""
    return _respond_list(call, "ResourceTypes", _resource_types(call))


def show_resource_type(call: Call, name: str) -> Reply:
    """Answer GET of one resource type by its name."""
    return _respond(call, "ResourceTypes", _named(_resource_types(call), name, "resource type"))


def list_schemas(call: Call) -> Reply:
    """Answer GET on `/Schemas`."""
    return _respond_list(call, "Schemas", _schemas(call))


def show_schema(call: Call, urn: str) -> Reply:
    """Answer GET of one schema by its URN."""
    return _respond(call, "Schemas", _named(_schemas(call), urn, "schema"))


def _resource_types(call: Call) -> list[dict[str, Any]]:
    return [resource_type.document(call.base_url) for resource_type in call.resource_types.values()]


def _schemas(call: Call) -> list[dict[str, Any]]:
    schemas = {
        schema.urn: schema
        for resource_type in call.resource_types.values()
        for schema in (resource_type.schema, *resource_type.extensions.values())
    }
    return [schema_document(schema, call.base_url) for schema in schemas.values()]


def _named(documents: list[dict[str, Any]], ident: str, what: str) -> dict[str, Any]:
    for document in documents:
        if document["id"].lower() == ident.lower():
            return document
    raise ScimError.not_found(f"There is no {what} {ident[:80]!r} here")


def _respond_list(call: Call, kind: str, documents: list[dict[str, Any]]) -> Reply:
    return _respond(call, kind, render_list(documents, len(documents), 1))


def _respond(call: Call, kind: str, document: dict[str, Any]) -> Reply:
    # RFC 7644, section 4: a filter here must be refused, since clients would take what is there for what was found.
    if "filter" in call.parameters:
        raise ScimError(403, f"{kind} cannot be filtered: leave filter out")
    context = call.context("discovery", USER)
    shaped = call.bound.profile.shape_discovery(kind, document, context)
    return answer(call, context, Answer(200, shaped, {}))
