"""OneLogin's SCIM v2 provisioner: nothing that is known of it needs more than the neutral profile does for everybody.

Evidence (2026-11): developers.onelogin.com/scim/implement-scim-api tells the calls: look-up by a userName that cannot
exist when the connection is made, then look-up, POST, GET, update and DELETE of users, look-up, POST and PATCH of
groups. 15five/django-scim2 (adapters.py): `emails` as one object. bitwarden/server (PatchGroupCommand.cs): a member
added by a filter in the path, without a value. A public test client of another server: nulls for empty attributes, and
the name in the User-Agent. tests/wire/onelogin holds these.

Limits: no request was captured as a whole. Bodies come from a template that the administrator writes, so they can hold
anything. How users are updated (PUT or PATCH), paging and rates are not known.
"""

from __future__ import annotations

from pathlib import Path

from optiid.profiles.api import GuideFacts, ProfileInfo, Recognition, RequestFacts, hookimpl

GUIDE = Path(__file__).with_name("setup.md").read_text(encoding="utf-8")


@hookimpl
def profile_info() -> ProfileInfo:
    """Tell who the profile is for."""
    return ProfileInfo(
        name="onelogin",
        title="OneLogin",
        vendor="One Identity",
        summary="OneLogin's SCIM Provisioner (SCIM v2 Core and Enterprise)",
        documentation_url="https://developers.onelogin.com/scim",
    )


@hookimpl
def setup_guide(guide: GuideFacts) -> str:
    """Return the steps in the OneLogin administration."""
    return GUIDE.format(base_url=guide.base_url, token_hint=guide.token_hint, organization=guide.organization)


@hookimpl
def recognise_request(request: RequestFacts) -> Recognition | None:
    """Know the client by its name, and by a member that is added without a value.

    Seen in wire/onelogin/onelogin-02-groups.json.
    """
    if "onelogin" in request.user_agent.lower():
        return Recognition(90, "its User-Agent names OneLogin")
    operations = (request.shape or {}).get("Operations")
    bare = isinstance(operations, list) and any(
        isinstance(one, dict)
        and one.get("op") == "add"
        and str(one.get("path")).startswith("members[")
        and "value" not in one
        for one in operations
    )
    return Recognition(60, "a member added by a filter in the path, without a value") if bare else None
