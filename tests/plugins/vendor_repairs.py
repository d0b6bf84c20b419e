"""The repairs of a shipped plugin, and how a repair is tried: right input stays, twice is once, input is untouched."""

from __future__ import annotations

import importlib
import sys
from copy import deepcopy
from typing import TYPE_CHECKING, Any

from optiid.profiles.loading import load_profiles

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType


def repairs_of(profile: str) -> ModuleType:
    """Return the module of a shipped plugin's repairs."""
    load_profiles(None, None, {})
    return sys.modules.get(f"optiid_profiles.{profile}.repairs") or importlib.import_module(
        f"optiid_profiles.{profile}.repairs"
    )


def repaired(repair: Callable[..., Any], sent: Any, *more: Any) -> Any:
    """Return what a repair makes of a value."""
    kept = deepcopy(sent)
    meant = repair(sent, *more)
    assert sent == kept, "the input was changed"
    assert repair(deepcopy(meant), *more) == meant, "a second pass changes the result"
    return meant
