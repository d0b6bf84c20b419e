"""The profile of a connection, bound to the connection's settings and kept until the connection changes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import orjson

from optiid.errors import InvalidInputError, ProfileUnavailableError
from optiid.profiles.types import RateLimit
from optiid.services import organization_rules
from optiid.services.actor import Policy
from optiid.services.rules import Rules, read_rules
from optiid.storage import tenants

if TYPE_CHECKING:
    from collections.abc import Mapping

    from optiid.profiles.profile import Profile
    from optiid.profiles.registry import ProfileRegistry
    from optiid.services.identify import Caller
    from optiid.storage.database import Database

# Of a connection with a limit of its own that says nothing of this.
BURST_SECONDS = 5


@dataclass(frozen=True, slots=True)
class BoundProfile:
    """A profile with the checked settings of one connection, the organization's rules, and what follows from both."""

    profile: Profile
    settings: Mapping[str, Any]
    policy: Policy
    rules: Rules
    rate_limit: RateLimit


class BoundProfiles:
    """Binds each connection once per revision, so that a request pays one dictionary look-up."""

    def __init__(self, registry: ProfileRegistry) -> None:
        self.registry = registry
        self._bound: dict[str, tuple[int, BoundProfile]] = {}

    def of(self, caller: Caller) -> BoundProfile:
        """Return the profile of a caller's connection.

        Raises ProfileUnavailableError while the profile is switched off or the connection's settings do not fit it.
        """
        known = self._bound.get(caller.scope.connection)
        if known is not None and known[0] == caller.revision:
            return known[1]
        bound = self._bind(caller)
        self._bound[caller.scope.connection] = (caller.revision, bound)
        return bound

    def _bind(self, caller: Caller) -> BoundProfile:
        return _bind(self.registry, caller.profile, caller.connection_name, caller.settings, read_rules(caller.rules))


def policy_of(database: Database, registry: ProfileRegistry, organization: str, connection: str) -> Policy:
    """Return the present policy of a connection, or of what is made by hand. Raises ProfileUnavailableError."""
    rules = organization_rules.of_organization(database, organization)
    found = database.reading(lambda: tenants.find_connection(database, connection))
    if found is None:
        return Policy(inactive=rules.inactive or "delete", rename_users=rules.rename_users or "allow")
    return _bind(registry, found["profile"], found["name"], found["settings"], rules).policy


def _bind(registry: ProfileRegistry, name: str, connection_name: str, chosen: str, rules: Rules) -> BoundProfile:
    """Return a profile with the settings that JSON text holds. Raises ProfileUnavailableError."""
    profile = registry.get(name)
    try:
        settings = profile.settings(orjson.loads(chosen))
    except InvalidInputError as error:
        raise ProfileUnavailableError(f"Connection {connection_name!r} needs an administrator: {error}") from error
    deactivation = profile.deactivation_policy(settings)
    taken = {name: settings[name] for name in Policy.__dataclass_fields__ if name in settings} | {
        "inactive": rules.inactive or deactivation.inactive,
        "rename_users": rules.rename_users or settings["rename_users"],
        "recreate": deactivation.recreate,
    }
    # Hooks are handed the settings with every request, and must not change them for the next one.
    limit = _rate_limit(profile, settings)
    return BoundProfile(profile, MappingProxyType(settings), Policy(**taken), rules, limit)


def _rate_limit(profile: Profile, settings: dict[str, Any]) -> RateLimit:
    """Return the limit of a connection: its own settings win over its profile."""
    usual, own, burst = profile.rate_limit_policy(settings), settings["rate_limit"], settings["rate_limit_burst"]
    if not own:
        return replace(usual, burst=burst or usual.burst)
    return RateLimit(own, 1, burst or BURST_SECONDS * own)
