"""Which profiles there are, and the chain of each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from optiid.errors import ProfileUnavailableError

if TYPE_CHECKING:
    from optiid.profiles.profile import Profile
    from optiid.profiles.types import Recognition, RequestFacts


@dataclass(frozen=True, slots=True)
class ProfileListing:
    """A profile as administrators see it; `source` is where it was found, a switched-off one has no title yet."""

    name: str
    title: str
    enabled: bool
    source: str


class ProfileRegistry:
    """All profiles of a process; made once at start."""

    def __init__(self, profiles: dict[str, Profile], disabled: dict[str, str]) -> None:
        self._profiles = profiles
        self._disabled = disabled

    def names(self) -> list[str]:
        """Return the names of the profiles in use, `standard` first."""
        return list(self._profiles)

    def get(self, name: str) -> Profile:
        """Return a profile. Raises ProfileUnavailableError for one that is switched off or not installed."""
        profile = self._profiles.get(name)
        if profile is None:
            state = "switched off by configuration" if name in self._disabled else "not installed"
            raise ProfileUnavailableError(f"Profile {name!r} is {state}; in use are {', '.join(self._profiles)}")
        return profile

    def listing(self) -> list[ProfileListing]:
        """Return all profiles that were found, the ones in use first."""
        used = [
            ProfileListing(name, profile.info.title, True, profile.source) for name, profile in self._profiles.items()
        ]
        return used + [ProfileListing(name, name, False, source) for name, source in sorted(self._disabled.items())]

    def recognise(self, request: RequestFacts) -> tuple[str, Recognition] | None:
        """Return the profile that is surest of a request, or None when none recognises it."""
        found = [
            (name, recognition)
            for name, profile in self._profiles.items()
            if (recognition := profile.recognise_request(request)) is not None
        ]
        return max(found, key=lambda one: one[1].score, default=None)
