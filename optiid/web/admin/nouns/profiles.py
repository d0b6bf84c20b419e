"""`/profiles`: which identity providers are known here, and the settings that connections of each have."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from marshmallow import fields

from optiid.errors import NotFoundError
from optiid.profiles.describing import settings_of
from optiid.web.admin.route import Listed, Route, Shape

if TYPE_CHECKING:
    from optiid.web.admin.call import AdminCall


class Profile(Shape):
    """A profile; one that is switched off has no title."""

    name = fields.String(required=True)
    title = fields.String(required=True)
    enabled = fields.Boolean(required=True)


class Setting(Shape):
    """One setting of the connections of a profile."""

    name = fields.String(required=True)
    default = fields.Raw(required=True, allow_none=True)
    allowed = fields.String(required=True)
    help = fields.String(required=True)


class DescribedProfile(Profile):
    """A profile and its settings."""

    vendor = fields.String(required=True)
    summary = fields.String(required=True)
    documentation_url = fields.String(required=True, allow_none=True)
    chain = fields.List(fields.String(), required=True)
    settings = fields.List(fields.Nested(Setting), required=True)


def list_profiles(call: AdminCall) -> Listed:
    """Return the profiles by name."""
    page = call.page
    known = sorted(call.service.profiles.registry.listing(), key=lambda one: one.name)
    return page.of([asdict(one) for one in known if one.name > page.after], lambda one: str(one["name"]))


def show_profile(call: AdminCall, profile: str) -> dict[str, Any]:
    """Return one profile that is in use."""
    registry = call.service.profiles.registry
    if profile not in registry.names():
        raise NotFoundError(f"There is no profile {profile[:64]!r} in use; in use are {', '.join(registry.names())}")
    found = registry.get(profile)
    return {
        "name": found.name, "title": found.info.title, "enabled": True, "vendor": found.info.vendor,
        "summary": found.info.summary, "documentation_url": found.info.documentation_url, "chain": list(found.chain),
        "settings": [asdict(one) for one in settings_of(found)],
    }  # fmt: skip


ROUTES = (
    Route("GET", "/profiles", list_profiles, "List profiles.", place="anywhere", answer=Profile, listed=True),
    Route("GET", "/profiles/<profile>", show_profile, "Show a profile.", place="anywhere", answer=DescribedProfile),
)
