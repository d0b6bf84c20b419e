"""Google Workspace and Cloud Identity, automatic user provisioning: the neutral profile takes what is known of it.

Evidence (2026-11): grokability/snipe-it#12642, a log of the first requests: GET /Users, look-up by userName with
startIndex=1, POST whose `schemas` name SCIM 1.0 beside 2.0. pond/scimitar#142: User-Agent `Google-Auto-Provisioning`,
bodies labelled application/json. tests/wire/google holds these. support.google.com/a (answers 7681608, 9338944): users
are sent every few hours; leavers are suspended or deleted at once or days later, as the administrator chooses.

Limits: updates, suspension and deletion were not captured; the neutral profile takes PATCH, PUT and DELETE alike.
Groups are not sent (cloudposse/docs#893). Google offers provisioning for the apps of its catalogue only, not for a
custom SAML app: a connection works through a catalogue app whose base URL can be set.
"""

from __future__ import annotations

from pathlib import Path

from optiid.profiles.api import GuideFacts, ProfileInfo, Recognition, RequestFacts, hookimpl

GUIDE = Path(__file__).with_name("setup.md").read_text(encoding="utf-8")


@hookimpl
def profile_info() -> ProfileInfo:
    """Tell who the profile is for."""
    return ProfileInfo(
        name="google",
        title="Google Workspace and Cloud Identity",
        vendor="Google",
        summary="Automatic user provisioning of Google Workspace and Cloud Identity (users only)",
        documentation_url="https://support.google.com/a/answer/7681608",
    )


@hookimpl
def setup_guide(guide: GuideFacts) -> str:
    """Return the steps in the Google Admin console."""
    return GUIDE.format(base_url=guide.base_url, token_hint=guide.token_hint, organization=guide.organization)


@hookimpl
def recognise_request(request: RequestFacts) -> Recognition | None:
    """Know the client by its name."""
    named = "google-auto-provisioning" in request.user_agent.lower()
    return Recognition(95, "its User-Agent is Google-Auto-Provisioning") if named else None
