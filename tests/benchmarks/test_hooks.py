"""The benchmark of hooks still runs: every hook that is told of has a figure."""

from __future__ import annotations

from optiid.profiles import hookspecs
from optiid.profiles.loading import load_chain
from tests.benchmarks.hooks import costs_of

ONCE_AT_START = {"profile_info", "settings_schema"}


def test_every_hook_has_its_cost() -> None:
    hooks = {name for name, spec in vars(hookspecs).items() if hasattr(spec, "optiid_spec")}
    costs = costs_of(load_chain(None, "standard").get("standard"), rounds=1, calls=1)
    assert set(costs) == hooks - ONCE_AT_START
    assert all(cost > 0 for cost in costs.values())
