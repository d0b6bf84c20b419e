"""The settings of a profile as people read them: default, allowed values, help."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from optiid.profiles.setting_faults import allowed
from optiid.profiles.standard import StandardSettings

if TYPE_CHECKING:
    from marshmallow.fields import Field

    from optiid.profiles.profile import Profile


@dataclass(frozen=True, slots=True)
class SettingLine:
    """One setting of a connection; `default` is what holds here without a word of the connection.

    `origin` is where the default was found: `schema`, `file PATH` or `environment VARIABLE`.
    """

    name: str
    default: Any
    origin: str
    allowed: str
    help: str


def settings_of(profile: Profile) -> list[SettingLine]:
    """Return the settings that connections of a profile have."""
    defaults = profile.settings({})
    common = StandardSettings().fields
    return [
        SettingLine(
            name,
            defaults.get(name),
            profile.origins.get(name, "schema"),
            allowed(field),
            _help(field) or _help(common.get(name)),
        )
        for name, field in profile.schema.fields.items()
    ]


def _help(field: Field[Any] | None) -> str:
    return str(field.metadata.get("help", "")) if field else ""
