"""Defaults of the connection settings of a profile: from `[profiles.NAME]` in the file, and from variables.

Here nothing is known of profiles: whether such a profile and such a setting exist, and whether the value fits, is
checked by the profile's own schema when profiles are loaded.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import orjson

from optiid.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

TABLE = "profiles"
PREFIX = "OPTIID_PROFILE_"
FORM = f"{PREFIX}NAME__SETTING, with two underscores"
# Names of profiles hold hyphens, which variables cannot.
VARIABLE = re.compile(PREFIX + r"([A-Z0-9_]+?)__([A-Z][A-Z0-9_]*)")


@dataclass(frozen=True, slots=True)
class Default:
    """A value, and where it was found, for people; the value None takes an earlier one back."""

    value: Any
    origin: str


Found = dict[tuple[str, str], Default]  # by name of the profile and of the setting


def in_file(tables: Any, path: Path | None) -> Found:
    """Return what the tables of a file say. Raises SettingsError when they are no tables."""
    if not isinstance(tables, dict) or not all(isinstance(table, dict) for table in tables.values()):
        raise SettingsError(f"{path}: profiles must be tables such as [profiles.NAME]")
    return {
        (profile, name): Default(value, f"file {path}")
        for profile, table in tables.items()
        for name, value in table.items()
    }


def meant_by(variable: str) -> tuple[str, str] | None:
    """Return the profile and the setting that a variable is about, or None when it is about neither."""
    found = VARIABLE.fullmatch(variable)
    return found and (found[1].lower().replace("_", "-"), found[2].lower())


def in_variable(variable: str, text: str) -> Default:
    """Return what a variable says: JSON where it can be read as such, as on the command line."""
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        value = text
    return Default(value, f"environment {variable}")


def by_profile(found: Found) -> tuple[Mapping[str, Mapping[str, Any]], Mapping[str, Mapping[str, str]]]:
    """Return the values by profile, and the origins by profile."""
    values: dict[str, dict[str, Any]] = {}
    origins: dict[str, dict[str, str]] = {}
    for (profile, name), default in found.items():
        kept = default.value is not None
        values.setdefault(profile, {}).update({name: default.value} if kept else {})
        origins.setdefault(profile, {}).update({name: default.origin} if kept else {})
    return _frozen(values), _frozen(origins)


def _frozen(tables: dict[str, dict[str, Any]]) -> Mapping[str, Mapping[str, Any]]:
    return MappingProxyType({name: MappingProxyType(table) for name, table in tables.items()})
