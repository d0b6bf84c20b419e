"""What this service promises whatever the identity provider: rules of an organization.

Presets and per-organization rules come with the administrator's API; today every organization has these.
"""

from __future__ import annotations

from optiid.scim.search_form import name_key

SYSTEM_GROUP_NAMES = ("Everyone", "Admin Center Administrators")
_SYSTEM_GROUP_KEYS = frozenset(name_key(name) for name in SYSTEM_GROUP_NAMES)


def is_system_group(display_name: str) -> bool:
    """Say whether a group may not bear the name, in whatever case or width it is written."""
    return " ".join(name_key(display_name).split()) in _SYSTEM_GROUP_KEYS
