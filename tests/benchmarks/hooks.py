"""What each hook of each profile costs: microseconds per call through the chain, with its checks, on usual requests.

    python3 app.py bench hooks [PROFILE ...] [--folder plugins] [--rounds 7] [--calls 200]

Without names all profiles that are found are measured, those of `--folder` included. It needs optiid alone. Each figure
is the median of the rounds' means. A hook that the profile leaves to those behind it is in brackets: that is what they
cost.
"""

from __future__ import annotations

import argparse
import statistics
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from optiid.profiles.loading import known_names, load_chain
from optiid.profiles.types import Answer, GuideFacts, HookContext, PatchOperation, Query, RequestFacts, ScimError
from optiid.scim.resource_types import USER
from optiid.scim.shape import shape_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from optiid.profiles.profile import Profile

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
PERSON: dict[str, Any] = {
    "schemas": [USER.schema.urn, ENTERPRISE],
    "userName": "ada@example.com",
    "externalId": "ext-1",
    "active": True,
    "displayName": "Ada King",
    "name": {"givenName": "Ada", "familyName": "King"},
    "emails": [{"value": "ada@example.com", "type": "work", "primary": True}],
    "phoneNumbers": [{"value": "5550100", "type": "work"}, {"value": "5550101", "type": "mobile"}],
    "addresses": [{"type": "work", "locality": "Aarhus", "country": "DK"}],
    ENTERPRISE: {"employeeNumber": "1", "department": "Optics", "costCenter": "4410"},
}
FACTS = RequestFacts("PATCH", "/scim/v2/Users/1", "", user_agent="client/1.0", shape=shape_of(PERSON))
OPERATIONS = [
    PatchOperation("replace", "displayName", "New"),
    PatchOperation("replace", f"{ENTERPRISE}:department", "Dept"),
]


def calls_of(profile: Profile) -> dict[str, Callable[[], Any]]:
    """Return a usual call of each hook that requests pay for, and of the guide."""
    settings = profile.settings({})

    def context(operation: str) -> HookContext:
        return HookContext(operation, USER, settings, "Acme", "SCIM", FACTS)

    answer, error = Answer(200, PERSON, {"ETag": 'W/"1"'}), ScimError(404, "There is none")
    guide = GuideFacts("https://scim.example.com/scim/v2", "Acme", "SCIM", settings, "")
    create, patch, search = context("create"), context("patch"), context("search")
    query = Query('userName eq "ada@example.com"')
    return {
        "recognise_request": lambda: profile.recognise_request(FACTS),
        "normalise_resource": lambda: profile.normalise_resource(dict(PERSON), create),
        "normalise_patch": lambda: profile.normalise_patch(OPERATIONS, patch),
        "normalise_query": lambda: profile.normalise_query(query, search),
        "shape_response": lambda: profile.shape_response(answer, patch),
        "shape_error": lambda: profile.shape_error(error, patch),
        "shape_discovery": lambda: profile.shape_discovery("ResourceType", {"id": "User"}, patch),
        "deactivation_policy": lambda: profile.deactivation_policy(settings),
        "rate_limit_policy": lambda: profile.rate_limit_policy(settings),
        "setup_guide": lambda: profile.setup_guide(guide),
    }


def costs_of(profile: Profile, rounds: int, calls: int) -> dict[str, float]:
    """Return microseconds per call, by hook."""
    return {
        hook: statistics.median(_mean(call, calls) for _ in range(rounds)) for hook, call in calls_of(profile).items()
    }


def _mean(call: Callable[[], Any], calls: int) -> float:
    started = time.perf_counter()
    for _ in range(calls):
        call()
    return (time.perf_counter() - started) / calls * 1e6


def main(given: Sequence[str]) -> None:
    """Measure and tell."""
    parser = argparse.ArgumentParser(
        "bench hooks", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("profiles", nargs="*")
    parser.add_argument("--folder", type=Path, help="a folder with profiles of yours")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--calls", type=int, default=200)
    chosen = parser.parse_args(given)
    folder = chosen.folder
    profiles = [load_chain(folder, name).get(name) for name in chosen.profiles or known_names(folder)]
    figures = {profile.name: costs_of(profile, chosen.rounds, chosen.calls) for profile in profiles}
    print(f"{'us per call':<20}" + "".join(f"{name:>14}" for name in figures))
    for hook in next(iter(figures.values())):
        cells = []
        for profile in profiles:
            text = f"{figures[profile.name][hook]:.1f}"
            cells.append(text if hook in profile.own_hooks else f"[{text}]")
        print(f"{hook:<20}" + "".join(f"{cell:>14}" for cell in cells))
