"""What the doors need at hand: settings, database, profiles and the limits that follow from the settings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from optiid.scim.filters.parser import FilterLimits
from optiid.scim.patch.planner import PatchLimits
from optiid.scim.validation import ValueLimits
from optiid.services.failed_attempts import FailedAttempts
from optiid.services.identify import Callers
from optiid.services.logbook_buffer import LogbookBuffer
from optiid.services.rate_limits import RateLimits
from optiid.services.resource_types import ResourceTypes
from optiid.services.searching import PageLimits
from optiid.serving_bounds import Proxies
from optiid.web.visit import current_visit

if TYPE_CHECKING:
    from flask import Flask

    from optiid.services.bound_profiles import BoundProfiles
    from optiid.settings import Settings
    from optiid.storage.database import Database

EXTENSION = "optiid"
# A path-less operation changes several attributes; so many on average are taken.
EDITS_PER_OPERATION = 10


@dataclass(frozen=True)
class Service:
    """One running service."""

    settings: Settings
    database: Database
    profiles: BoundProfiles
    value_limits: ValueLimits
    patch_limits: PatchLimits
    filter_limits: FilterLimits
    page_limits: PageLimits
    resource_types: ResourceTypes
    logbook: LogbookBuffer
    callers: Callers
    rate_limits: RateLimits
    attempts: FailedAttempts
    proxies: Proxies

    @classmethod
    def build(cls, settings: Settings, database: Database, profiles: BoundProfiles) -> Service:
        """Return the service of these parts."""
        filters = FilterLimits(settings.filter_length, settings.filter_depth, settings.filter_terms)
        edits = EDITS_PER_OPERATION * settings.patch_operations
        return cls(
            settings,
            database,
            profiles,
            ValueLimits(settings.values_limit, settings.members_limit, settings.string_length),
            PatchLimits(settings.path_length, settings.members_limit, edits, filters),
            filters,
            PageLimits(settings.page_default, settings.page_limit, settings.cursor_timeout_seconds),
            ResourceTypes(database),
            LogbookBuffer(database),
            Callers(database, settings.last_used_interval_seconds),
            RateLimits.of(settings, database),
            FailedAttempts.of(settings),
            Proxies(settings.trusted_proxies),
        )

    def install(self, app: Flask) -> None:
        """Attach the service to an application."""
        app.extensions[EXTENSION] = self


def current_service() -> Service:
    """Return the service of the application that handles the request."""
    return current_visit().service
