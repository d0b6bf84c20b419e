"""What this service promises whatever the identity provider: rules of an organization, as a preset or one by one."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

import orjson

from optiid.errors import InvalidInputError
from optiid.scim.search_form import name_key
from optiid.services.look_alikes import readings

if TYPE_CHECKING:
    from collections.abc import Mapping

SYSTEM_GROUP_NAMES = ("Everyone", "Admin Center Administrators")
LONGEST_RETENTION_DAYS = 3650


def _group_key(display_name: str) -> str:
    # A team bears its name in an instance, which stands behind two colons.
    return " ".join(name_key(display_name).partition("::")[0].split())


_SYSTEM_GROUP_KEYS = frozenset[str]().union(*(readings(_group_key(name)) for name in SYSTEM_GROUP_NAMES))


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of an organization; they bound what profiles and connections choose.

    `inactive` and `rename_users` of None leave the choice to the connection, `retention_days` of None to the
    installation. `filters`: any, or `equality` of a name alone. `unique_names`: within the organization, or among all
    organizations with this rule. `system_groups` are taken names besides those that always are.
    """

    inactive: Literal["delete", "erase", "suspend"] | None = None
    rename_users: Literal["allow", "refuse"] | None = None
    filters: Literal["any", "equality"] = "any"
    unique_names: Literal["organization", "installation"] = "organization"
    retention_days: int | None = None
    system_groups: tuple[str, ...] = ()

    def is_system_group(self, display_name: str) -> bool:
        """Say whether a group may not bear the name, in whatever case, width or look-alike letters it is written."""
        own = (readings(_group_key(name)) for name in self.system_groups)
        return not readings(_group_key(display_name)).isdisjoint(_SYSTEM_GROUP_KEYS.union(*own))


STANDARD = Rules()
PRESETS: dict[str, Rules] = {
    "standard": STANDARD,
    # What the hosted Opti ID documents.
    "opti": Rules(inactive="erase", rename_users="refuse", filters="equality", unique_names="installation"),
}
_CHOICES: dict[str, tuple[str | None, ...]] = {
    "inactive": (None, "delete", "erase", "suspend"),
    "rename_users": (None, "allow", "refuse"),
    "filters": ("any", "equality"),
    "unique_names": ("organization", "installation"),
}


def read_rules(text: str) -> Rules:
    """Return the rules that are stored as JSON text: a preset, and what differs from it. Raises InvalidInputError."""
    if text == "{}":
        return STANDARD
    try:
        chosen = orjson.loads(text)
    except orjson.JSONDecodeError:
        chosen = None
    if not isinstance(chosen, dict):
        raise InvalidInputError(f"Rules are a JSON object, not {text[:40]!r}")
    return checked_rules(chosen)


def checked_rules(chosen: Mapping[str, Any]) -> Rules:
    """Return the rules of a mapping with `preset` and single rules, each optional. Raises InvalidInputError."""
    preset = chosen.get("preset", "standard")
    if not isinstance(preset, str) or preset not in PRESETS:
        raise InvalidInputError(f"There is no preset {str(preset)[:40]!r}: choose {' or '.join(PRESETS)}")
    values = asdict(PRESETS[preset])
    for name, value in chosen.items():
        if name != "preset":
            values[name] = _checked(name, value, values)
    return Rules(**values | {"system_groups": tuple(values["system_groups"])})


def _checked(name: str, value: Any, known: Mapping[str, Any]) -> Any:
    if name not in known:
        raise InvalidInputError(f"There is no rule {name[:40]!r}: the rules are {', '.join(known)}")
    if name in _CHOICES:
        if value not in _CHOICES[name]:
            allowed = ", ".join("null" if choice is None else choice for choice in _CHOICES[name])
            raise InvalidInputError(f"The rule {name} can be {allowed}, not {str(value)[:40]!r}")
    elif name == "retention_days":
        whole = isinstance(value, int) and not isinstance(value, bool)
        if value is not None and not (whole and 0 <= value <= LONGEST_RETENTION_DAYS):
            raise InvalidInputError(
                f"The rule retention_days can be 0 to {LONGEST_RETENTION_DAYS} or null, not {str(value)[:40]!r}"
            )
    elif not isinstance(value, (list, tuple)) or not all(isinstance(one, str) and one.strip() for one in value):
        raise InvalidInputError(f"The rule {name} is a list of names, not {str(value)[:40]!r}")
    return value
