"""JumpCloud's custom SCIM integration: nothing that is known of it needs more than the neutral profile.

Evidence (2026-11): jumpcloud.com/support, custom SCIM identity management: activation makes a test user and a test
group and deletes both (a user that cannot be deleted is deactivated). app.uni-moni.com/en/kb/sso-setup-jumpcloud and
the provider tests of a public Rust crate: reading /Users and /Groups first, one operation per attribute, members by
value and removed by a list of values. tests/wire/jumpcloud holds these.

Limits: each shape has one source or two, none is a capture. The names of the test user and group, the User-Agent,
paging and how a deactivated user is sent (here: one `replace` of `active`) are not known. JumpCloud offers this
integration for services that need no extension schema.
"""

from __future__ import annotations

from pathlib import Path

from optiid.profiles.api import GuideFacts, ProfileInfo, Recognition, RequestFacts, hookimpl

GUIDE = Path(__file__).with_name("setup.md").read_text(encoding="utf-8")


@hookimpl
def profile_info() -> ProfileInfo:
    """Tell who the profile is for."""
    return ProfileInfo(
        name="jumpcloud",
        title="JumpCloud",
        vendor="JumpCloud",
        summary="JumpCloud identity management over a custom SCIM integration",
        documentation_url=(
            "https://jumpcloud.com/support/provision-and-manage-users-and-groups-in-apps-using-custom-scim"
            "-identity-management-integration"
        ),
    )


@hookimpl
def setup_guide(guide: GuideFacts) -> str:
    """Return the steps in the JumpCloud admin portal."""
    return GUIDE.format(base_url=guide.base_url, token_hint=guide.token_hint, organization=guide.organization)


@hookimpl
def recognise_request(request: RequestFacts) -> Recognition | None:
    """Know the client by its name, if it gives one: no header of it was captured, and no shape is its own."""
    named = "jumpcloud" in request.user_agent.lower()
    return Recognition(90, "its User-Agent names JumpCloud") if named else None
