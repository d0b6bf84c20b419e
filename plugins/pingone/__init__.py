"""PingOne's outbound provisioner; PingFederate has a profile of its own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from optiid.profiles.api import (
    GuideFacts,
    HookContext,
    ProfileInfo,
    Recognition,
    RequestFacts,
    VendorSettings,
    first_primary_only,
    hookimpl,
    repair_resource,
)

if TYPE_CHECKING:
    from marshmallow import Schema

GUIDE = Path(__file__).with_name("setup.md").read_text(encoding="utf-8")


class PingOneSettings(VendorSettings):
    """Attributes under the extension URNs that a SCIM connection can name (Create Store, 2026-11) come back as sent.

    Evidence: wire/pingone/pingone-12-extension-attributes.json
    """


@hookimpl
def profile_info() -> ProfileInfo:
    """Tell who the profile is for."""
    return ProfileInfo(
        name="pingone",
        title="PingOne",
        vendor="Ping Identity",
        summary="PingOne outbound provisioning over a SCIM connection",
        documentation_url="https://docs.pingidentity.com/pingone/integrations/p1_create_scim_connection.html",
    )


@hookimpl
def settings_schema() -> type[Schema]:
    """Return the settings."""
    return PingOneSettings


@hookimpl
def setup_guide(guide: GuideFacts) -> str:
    """Return the steps in the PingOne console."""
    return GUIDE.format(base_url=guide.base_url, token_hint=guide.token_hint, organization=guide.organization)


@hookimpl
def recognise_request(request: RequestFacts) -> Recognition | None:
    """Know the client by its name."""
    named = "pingone" in request.user_agent.lower()
    return Recognition(80, "its User-Agent names PingOne") if named else None


@hookimpl
def normalise_resource(resource: dict[str, Any], context: HookContext) -> dict[str, Any]:
    """Leave one primary value of each attribute, besides the common repairs.

    Two mapped e-mail attributes both get the address and both say primary (docs.pingidentity.com, SCIM provisioning
    limitations, 2026-11).

    Evidence: wire/pingone/pingone-08-two-primary-addresses.json
    """
    return first_primary_only(repair_resource(resource, context.resource_type))
