"""Keycloak with the extension SCIM for Keycloak as a client: an object that came as text is read as one.

Evidence (2026-11), issues of Captain-P-Goldfish/scim-for-keycloak: #172, a capture of the group update that follows
"does already exist on remote system": a path-less replace with JSON text as its value beside the changes of members;
#134, a capture of a PATCH with all members of a large group; #127, POST to `//Users` with an id of its own, no
externalId and an address without type. tests/wire/keycloak restates these.

Limits: Keycloak itself sends no SCIM yet (keycloak/keycloak#43531). Another extension, mitodl/keycloak-scim, sends
PUTs of users and groups as application/json and nothing odd is known of it: use this profile as well. How a disabled
user is sent and the User-Agent were not captured.
"""

from __future__ import annotations

from pathlib import Path

from optiid.profiles.api import (
    GuideFacts,
    HookContext,
    PatchOperation,
    ProfileInfo,
    Recognition,
    RequestFacts,
    hookimpl,
    repair_operations,
)

from . import repairs

GUIDE = Path(__file__).with_name("setup.md").read_text(encoding="utf-8")


@hookimpl
def profile_info() -> ProfileInfo:
    """Tell who the profile is for."""
    return ProfileInfo(
        name="keycloak",
        title="Keycloak",
        vendor="Keycloak",
        summary="Keycloak with a SCIM client extension, such as SCIM for Keycloak",
        documentation_url="https://scim-for-keycloak.de",
    )


@hookimpl
def setup_guide(guide: GuideFacts) -> str:
    """Return the steps in the administration of the extension."""
    return GUIDE.format(base_url=guide.base_url, token_hint=guide.token_hint, organization=guide.organization)


@hookimpl
def recognise_request(request: RequestFacts) -> Recognition | None:
    """Know the client by the doubled slash, and by text where an object belongs; no name of it was captured."""
    doubled = "//" in request.path
    operations = (request.shape or {}).get("Operations")
    text = isinstance(operations, list) and any(
        isinstance(one, dict) and one.get("op") == "replace" and "path" not in one and one.get("value") == "text"
        for one in operations
    )
    signs = ["a doubled slash in the path"] * doubled + ["path-less replace with text"] * text
    return Recognition(60, ", ".join(signs)) if signs else None


@hookimpl
def normalise_patch(operations: list[PatchOperation], context: HookContext) -> list[PatchOperation]:
    """Read text as the object it holds, then what every client needs."""
    return repair_operations([repairs.object_from_text(one) for one in operations], context.resource_type)
