"""PingFederate's SCIM Provisioner: the first of two primary addresses stays, attributes of custom schemas come back.

Evidence (2026-11): docs.pingidentity.com/integrations/scim, settings reference, limitations and changelog. Users are
found by `userName eq` or `emails eq` and updated without PATCH; two e-mail attributes can both be primary; groups have
displayName and members, with PATCH when it is switched on (1.4); custom schema URNs (1.9). tests/wire/pingfederate
restates this. The User-Agent `PingFederate` stands in a changelog of Ping's provisioners.

Limits: no request was captured: that an update and a disabled user are a PUT follows from "no PATCH". Attributes
cannot be cleared, and a deleted LDAP user leaves a group only with its next new member.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

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

GUIDE = Path(__file__).with_name("setup.md").read_text(encoding="utf-8")


@hookimpl
def profile_info() -> ProfileInfo:
    """Tell who the profile is for."""
    return ProfileInfo(
        name="pingfederate",
        title="PingFederate",
        vendor="Ping Identity",
        summary="SCIM Provisioner of PingFederate",
        documentation_url="https://docs.pingidentity.com/integrations/scim/pf_scim_connector_user_and_group_management.html",
    )


@hookimpl
def settings_schema() -> type[VendorSettings]:
    """Return those of a known vendor.

    Evidence: wire/pingfederate/pingfederate-04-custom-schema.json
    """
    return VendorSettings


@hookimpl
def setup_guide(guide: GuideFacts) -> str:
    """Return the steps in the PingFederate administration."""
    return GUIDE.format(base_url=guide.base_url, token_hint=guide.token_hint, organization=guide.organization)


@hookimpl
def recognise_request(request: RequestFacts) -> Recognition | None:
    """Know the client by its name."""
    named = "pingfederate" in request.user_agent.lower()
    return Recognition(90, "its User-Agent names PingFederate") if named else None


@hookimpl
def normalise_resource(resource: dict[str, Any], context: HookContext) -> dict[str, Any]:
    """Leave one primary value of each attribute, besides the common repairs.

    Evidence: wire/pingfederate/pingfederate-02-two-primary-addresses.json
    """
    return first_primary_only(repair_resource(resource, context.resource_type))
