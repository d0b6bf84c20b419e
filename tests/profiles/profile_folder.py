"""Plugins for tests, written into a folder."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from optiid.profiles.loading import load_profiles
from optiid.profiles.types import HookContext, RequestFacts
from optiid.scim.resource_types import USER, ResourceType

if TYPE_CHECKING:
    from pathlib import Path

    from optiid.profiles.registry import ProfileRegistry

INFO = """
from optiid.profiles.api import *

@hookimpl
def profile_info():
    return ProfileInfo({name!r}, "Acme", "Acme Inc.", "Acme's client", "https://acme.example", extends={extends!r})
"""


def write_plugin(folder: Path, name: str, text: str = "", extends: str = "standard") -> Path:
    """Write a single-file plugin and return its path."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name.replace('-', '_')}.py"
    path.write_text(INFO.format(name=name, extends=extends) + text, encoding="utf-8")
    return path


def load(folder: Path, *enabled: str, defaults: Any = MappingProxyType({}), trace: bool = False) -> ProfileRegistry:
    """Load a folder with these profiles in use."""
    return load_profiles(folder, enabled, defaults, trace=trace)


def facts(**more: Any) -> RequestFacts:
    """Return a request."""
    return RequestFacts("GET", "/scim/v2/Users", "", **more)


def context(operation: str = "patch", resource_type: ResourceType = USER, settings: Any = None) -> HookContext:
    """Return the context of a call."""
    return HookContext(operation, resource_type, settings or {}, "Acme", "SCIM", facts())
