"""What is wrong with the settings of a connection, in words: the setting, where it was found, what may stand there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from marshmallow import validate

from optiid.settings import nearest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from marshmallow import ValidationError
    from marshmallow.fields import Field


def settings_told(error: ValidationError, known: Mapping[str, Field[Any]], origins: Mapping[str, str]) -> str:
    """Return one line about what a schema refused; `origins` says where the configuration holds a setting."""
    messages = error.messages if isinstance(error.messages, dict) else {"settings": error.messages}
    told = []
    for name, texts in messages.items():
        place = f"{name} ({origins[name]})" if name in origins else name
        told.append(f"{place}: {_told(name, texts, known)}")
    return "; ".join(told)


def _told(name: str, texts: Any, known: Mapping[str, Field[Any]]) -> str:
    if name in ("settings", "_schema"):
        return " ".join(map(str, texts))
    field = known.get(name)
    if field is None:
        return f"there is no such setting; the nearest is {nearest(name, known)}"
    said, range_ = " ".join(map(str, texts)), allowed(field)
    return said if range_ in said else f"{said} Allowed is {range_}."


def allowed(field: Field[Any]) -> str:
    """Return what may stand in a setting, for people: `refuse, skip`, `from 0`, `true, false`."""
    for rule in field.validators:
        if isinstance(rule, validate.OneOf):
            return ", ".join(map(str, rule.choices))
        if isinstance(rule, validate.Range):
            least = "" if rule.min is None else f"from {rule.min}"
            return f"{least} {'' if rule.max is None else f'to {rule.max}'}".strip()
    return {"Boolean": "true, false", "Integer": "a whole number"}.get(type(field).__name__, "text")
