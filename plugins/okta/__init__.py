"""Okta, catalogue and wizard apps alike; the difference between them does not show in the requests."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from marshmallow import fields, validate

from optiid.profiles.api import (
    UNKNOWN_MEMBERS,
    GuideFacts,
    ProfileInfo,
    Recognition,
    RequestFacts,
    VendorSettings,
    hookimpl,
)

if TYPE_CHECKING:
    from marshmallow import Schema

GUIDE = Path(__file__).with_name("setup.md").read_text(encoding="utf-8")


class OktaSettings(VendorSettings):
    """What Okta needs of the settings every connection has.

    `unknown_extensions`: custom attributes arrive under a URN of the administrator's; Okta reads them back in a profile
    push (developer.okta.com, SCIM 2.0 reference, 2026-11). Evidence: wire/okta/okta-11-custom-attributes.json

    `unknown_members`: a user removed and created again has a new id, and a group push can still carry the old one for a
    while; a failed push would be lost until the next change. Evidence: wire/okta/okta-15-stale-member.json
    """

    unknown_members = fields.String(load_default="skip", validate=validate.OneOf(UNKNOWN_MEMBERS))


@hookimpl
def profile_info() -> ProfileInfo:
    """Tell who the profile is for."""
    return ProfileInfo(
        name="okta",
        title="Okta",
        vendor="Okta",
        summary="Okta catalogue (OIN) and App Integration Wizard apps",
        documentation_url="https://developer.okta.com/docs/reference/scim/scim-20/",
    )


@hookimpl
def settings_schema() -> type[Schema]:
    """Return the settings."""
    return OktaSettings


@hookimpl
def setup_guide(guide: GuideFacts) -> str:
    """Return the steps in the Okta Admin Console."""
    return GUIDE.format(base_url=guide.base_url, token_hint=guide.token_hint, organization=guide.organization)


@hookimpl
def recognise_request(request: RequestFacts) -> Recognition | None:
    """Know the client by its name, and by the id that it repeats inside a path-less replace.

    Seen in wire/okta/okta-07-group-push-patch.json (developer.okta.com, SCIM 2.0 reference, 2026-11).
    """
    named, repeats = "okta" in request.user_agent.lower(), _repeats_id(request)
    signs = ["its User-Agent names Okta"] * named + ["path-less replace with id"] * repeats
    return Recognition(90 if named else 60, ", ".join(signs)) if signs else None


def _repeats_id(request: RequestFacts) -> bool:
    operations = (request.shape or {}).get("Operations")
    return isinstance(operations, list) and any(
        isinstance(one, dict)
        and str(one.get("op")) == "replace"
        and "path" not in one
        and isinstance(one.get("value"), dict)
        and "id" in one["value"]
        for one in operations
    )
