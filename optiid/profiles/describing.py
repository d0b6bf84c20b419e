"""The settings of a profile as people read them: default, allowed values, help."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from marshmallow import validate

from optiid.profiles.standard import StandardSettings

if TYPE_CHECKING:
    from marshmallow.fields import Field

    from optiid.profiles.profile import Profile


@dataclass(frozen=True, slots=True)
class SettingLine:
    """One setting of a connection; `default` is what holds here without a word of the connection."""

    name: str
    default: Any
    allowed: str
    help: str


def settings_of(profile: Profile) -> list[SettingLine]:
    """Return the settings that connections of a profile have."""
    defaults = profile.settings({})
    common = StandardSettings().fields
    return [
        SettingLine(name, defaults.get(name), _allowed(field), _help(field) or _help(common.get(name)))
        for name, field in profile.schema.fields.items()
    ]


def _allowed(field: Field[Any]) -> str:
    for rule in field.validators:
        if isinstance(rule, validate.OneOf):
            return ", ".join(map(str, rule.choices))
        if isinstance(rule, validate.Range):
            least = "" if rule.min is None else f"from {rule.min}"
            return f"{least} {'' if rule.max is None else f'to {rule.max}'}".strip()
    return {"Boolean": "true, false", "Integer": "a whole number"}.get(type(field).__name__, "text")


def _help(field: Field[Any] | None) -> str:
    return str(field.metadata.get("help", "")) if field else ""
