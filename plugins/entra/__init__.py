"""Microsoft Entra ID: the hooks as a table of contents; what each repair does and why stands in `repairs.py`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from marshmallow import fields, validate

from optiid.profiles.api import (
    UNMATCHED_FILTERS,
    GuideFacts,
    HookContext,
    PatchOperation,
    ProfileInfo,
    Query,
    Recognition,
    RequestFacts,
    VendorSettings,
    hookimpl,
    repair_operations,
    repair_resource,
)

from . import repairs

if TYPE_CHECKING:
    from marshmallow import Schema

GUIDE = Path(__file__).with_name("setup.md").read_text(encoding="utf-8")


class EntraSettings(VendorSettings):
    """Attributes that an administrator mapped under a schema of their own come back as they were sent.

    Evidence: wire/entra/entra-19-custom-extension.json

    A value filter that selects nothing makes the value it describes: `Replace phoneNumbers[type eq "work"].value "1"`
    is sent for a user without phone numbers, and the RFC's noTarget would be retried for ever (M1 in repairs.py).

    Evidence: wire/entra/entra-05-value-path-creates.json
    """

    unmatched_filter = fields.String(load_default="create", validate=validate.OneOf(UNMATCHED_FILTERS))


@hookimpl
def profile_info() -> ProfileInfo:
    """Tell who the profile is for."""
    return ProfileInfo(
        name="entra",
        title="Microsoft Entra ID",
        vendor="Microsoft",
        summary="Provisioning service of Microsoft Entra ID, with and without the flag aadOptscim062020",
        documentation_url="https://learn.microsoft.com/entra/identity/app-provisioning/use-scim-to-provision-users-and-groups",
    )


@hookimpl
def settings_schema() -> type[Schema]:
    """Return the settings."""
    return EntraSettings


@hookimpl
def setup_guide(guide: GuideFacts) -> str:
    """Return the steps in the Entra admin center."""
    return GUIDE.format(base_url=guide.base_url, token_hint=guide.token_hint, organization=guide.organization)


@hookimpl
def recognise_request(request: RequestFacts) -> Recognition | None:
    """Know the header that only this client sends, and how it spells operations.

    Seen in wire/entra/entra-03-update-pathed.json (learn.microsoft.com, 2026-11).
    """
    if "adscimversion" in request.headers:
        return Recognition(90, "it has an Adscimversion header")
    operations = (request.shape or {}).get("Operations")
    capital = isinstance(operations, list) and any(
        isinstance(one, dict) and one.get("op") in ("Add", "Remove", "Replace") for one in operations
    )
    return Recognition(60, "operations with a capital letter (Replace)") if capital else None


@hookimpl
def normalise_query(query: Query, context: HookContext) -> Query:
    """Give extension attributes in filters their URN."""
    if query.filter is None:
        return query
    qualified = repairs.qualify_filter(query.filter, context.resource_type)
    return query if qualified is query.filter else replace(query, filter=qualified)


@hookimpl
def normalise_resource(resource: dict[str, Any], context: HookContext) -> dict[str, Any]:
    """Read `manager` and `roles` the way they are meant, besides the common repairs."""
    resource = repairs.roles_from_json_text(
        repairs.manager_to_object(repairs.manager_into_extension(resource), context.resource_type)
    )
    return repair_resource(resource, context.resource_type)


@hookimpl
def normalise_patch(operations: list[PatchOperation], context: HookContext) -> list[PatchOperation]:
    """Repair each operation, then what every client needs."""
    resource_type = context.resource_type
    repaired = [repairs.repair(operation, resource_type) for operation in operations]
    return repair_operations(repaired, resource_type)
