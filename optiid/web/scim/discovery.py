"""ServiceProviderConfig, ResourceTypes and Schemas, generated from code (RFC 7644, section 4), and `/Me`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import request

from optiid.profiles.types import Answer
from optiid.scim.discovery import Pagination, schema_document, service_provider_config
from optiid.scim.errors import ScimError
from optiid.scim.rendering import render_list
from optiid.scim.resource_types import USER
from optiid.web.scim.call import current_call
from optiid.web.scim.respond import answer

if TYPE_CHECKING:
    from flask import Response


def show_service_provider_config() -> Response:
    """Answer GET on `/ServiceProviderConfig`."""
    settings, pages = current_call().service.settings, current_call().page_limits
    document = service_provider_config(
        current_call().base_url,
        pages=Pagination(pages.default, pages.largest, pages.cursor_seconds),
        operations=settings.bulk_operations,
        payload=settings.bulk_body_limit,
    )
    return _respond("ServiceProviderConfig", document)


def list_resource_types() -> Response:
    """Answer GET on `/ResourceTypes`."""
    return _respond_list("ResourceTypes", _resource_types())


def show_resource_type(name: str) -> Response:
    """Answer GET of one resource type by its name."""
    return _respond("ResourceTypes", _named(_resource_types(), name, "resource type"))


def list_schemas() -> Response:
    """Answer GET on `/Schemas`."""
    return _respond_list("Schemas", _schemas())


def show_schema(urn: str) -> Response:
    """Answer GET of one schema by its URN."""
    return _respond("Schemas", _named(_schemas(), urn, "schema"))


def _resource_types() -> list[dict[str, Any]]:
    return [resource_type.document(current_call().base_url) for resource_type in current_call().resource_types.values()]


def _schemas() -> list[dict[str, Any]]:
    schemas = {
        schema.urn: schema
        for resource_type in current_call().resource_types.values()
        for schema in (resource_type.schema, *resource_type.extensions.values())
    }
    return [schema_document(schema, current_call().base_url) for schema in schemas.values()]


def _named(documents: list[dict[str, Any]], ident: str, what: str) -> dict[str, Any]:
    for document in documents:
        if document["id"].lower() == ident.lower():
            return document
    raise ScimError.not_found(f"There is no {what} {ident[:80]!r} here")


def _respond_list(kind: str, documents: list[dict[str, Any]]) -> Response:
    return _respond(kind, render_list(documents, len(documents), 1))


def _respond(kind: str, document: dict[str, Any]) -> Response:
    # RFC 7644, section 4: a filter here must be refused, since clients would take what is there for what was found.
    if "filter" in request.args:
        raise ScimError(403, f"{kind} cannot be filtered: leave filter out")
    call = current_call()
    context = call.context("discovery", USER)
    shaped = call.bound.profile.shape_discovery(kind, document, context)
    return answer(call, context, Answer(200, shaped, {}))
