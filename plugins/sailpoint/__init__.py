"""SailPoint's SCIM 2.0 connectors: nothing that is known of them needs more than the neutral profile.

Evidence (2026-11): documentation.sailpoint.com/connectors: the discovery documents must be there, accounts and groups
are read with a filter of the administrator's (`username sw "Admin"`), only some attributes if so set, and by
lastModified in delta aggregation. developer.sailpoint.com/discuss, topic 7752: disabling is a path-less `add` of
`active`. Captain-P-Goldfish/SCIM-SDK#327: a part of `name` replaced; a request is given up after a minute.
tests/wire/sailpoint holds these.

Limits: SailPoint governs and reads as much as it provisions, so expect many GETs. PATCH or PUT is a setting of the
source (Use PATCH). Bodies of creates depend on the create profile, which the administrator writes. Requests for
membership and the User-Agent were not captured; with `updateGroupsViaUsers` groups are sent inside users, where they
are read-only here.
"""

from __future__ import annotations

from pathlib import Path

from optiid.profiles.api import GuideFacts, ProfileInfo, Recognition, RequestFacts, hookimpl

GUIDE = Path(__file__).with_name("setup.md").read_text(encoding="utf-8")


@hookimpl
def profile_info() -> ProfileInfo:
    """Tell who the profile is for."""
    return ProfileInfo(
        name="sailpoint",
        title="SailPoint",
        vendor="SailPoint",
        summary="SCIM 2.0 sources of SailPoint Identity Security Cloud and IdentityIQ",
        documentation_url="https://documentation.sailpoint.com/connectors/scim_2_0/help/integrating_scim2/supported_features.html",
    )


@hookimpl
def setup_guide(guide: GuideFacts) -> str:
    """Return the steps in Identity Security Cloud."""
    return GUIDE.format(base_url=guide.base_url, token_hint=guide.token_hint, organization=guide.organization)


@hookimpl
def recognise_request(request: RequestFacts) -> Recognition | None:
    """Know the client by its name, if it gives one, and by how it enables and disables an account.

    Seen in wire/sailpoint/sailpoint-02-disable-and-update.json.
    """
    if "sailpoint" in request.user_agent.lower():
        return Recognition(90, "its User-Agent names SailPoint")
    operations = (request.shape or {}).get("Operations")
    adds = isinstance(operations, list) and any(
        isinstance(one, dict) and one.get("op") == "add" and "path" not in one and _is_active_alone(one.get("value"))
        for one in operations
    )
    return Recognition(60, "path-less add of active alone") if adds else None


def _is_active_alone(value: object) -> bool:
    return isinstance(value, dict) and list(value) == ["active"]
