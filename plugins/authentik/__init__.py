"""authentik's SCIM provider: a group without members says so, everything else is taken by the neutral profile.

Evidence (2026-11): its source, goauthentik/authentik, authentik/providers/scim, with its tests. It reads
ServiceProviderConfig before all else and ignores one it cannot read; creates users with an address of type `other`
and, on 409, adopts the one that a filter finds; updates by PUT and creates again on 404; sends groups as a path-less
replace with id and schemas, then one operation per member, in PATCHes of as many as `bulk.maxOperations` says.
tests/wire/authentik restates this; goauthentik/authentik#16678, #20410, #23950, #25024 tell where other servers fail.

Limits: releases differ; what stands here is of 2024 to 2026. Property mappings can add anything. A deactivated user
stays with `active: false`, unless the provider leaves such users out: then a DELETE comes.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from optiid.profiles.api import Answer, GuideFacts, HookContext, ProfileInfo, Recognition, RequestFacts, hookimpl

GUIDE = Path(__file__).with_name("setup.md").read_text(encoding="utf-8")


@hookimpl
def profile_info() -> ProfileInfo:
    """Tell who the profile is for."""
    return ProfileInfo(
        name="authentik",
        title="authentik",
        vendor="Authentik Security",
        summary="SCIM provider of authentik",
        documentation_url="https://docs.goauthentik.io/add-secure-apps/providers/scim/",
    )


@hookimpl
def setup_guide(guide: GuideFacts) -> str:
    """Return the steps in authentik's admin interface."""
    return GUIDE.format(base_url=guide.base_url, token_hint=guide.token_hint, organization=guide.organization)


@hookimpl
def recognise_request(request: RequestFacts) -> Recognition | None:
    """Know the client by its name, `authentik@2025.12.3`."""
    named = request.user_agent.startswith("authentik@")
    return Recognition(95, "its User-Agent names authentik") if named else None


@hookimpl
def shape_response(answer: Answer, context: HookContext) -> Answer | None:
    """Answer `members: []` for a group that has none.

    Some releases add no member to a group whose answer leaves `members` out (patch_compare_users, clients/groups.py):
    a group made before its users would stay empty. They ask for the whole group, without a query.

    Evidence: wire/authentik/authentik-02-groups.json
    """
    if answer.body is None or context.operation != "get" or context.request.query or "members" in answer.behind:
        return None
    if context.resource_type.name != "Group" or "members" in answer.body:
        return None
    return replace(answer, body=answer.body | {"members": []})
