"""What a token may do: everything, or what its scopes say (rule R21)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from optiid.errors import InvalidInputError
from optiid.scim.resource_types import registry

if TYPE_CHECKING:
    from collections.abc import Sequence

Action = Literal["read", "write"]
ACTIONS: tuple[Action, ...] = ("read", "write")
# For all resource types, then for single ones; neither includes the other.
WHOLE = tuple(f"scim:{action}" for action in ACTIONS)
KNOWN = (*WHOLE, *(f"scim:{action}:{name}" for action in ACTIONS for name in registry()))


def checked(asked: Sequence[str]) -> str:
    """Return scopes as they are stored, empty for everything; of none at all, everything. Raises InvalidInputError."""
    for one in asked:
        if one not in KNOWN:
            raise InvalidInputError(f"There is no scope {one[:40]!r}: choose of {', '.join(KNOWN)}")
    return "" if not asked or set(WHOLE) <= set(asked) else " ".join(one for one in KNOWN if one in asked)


def shown(scopes: str) -> list[str]:
    """Return stored scopes as people see them."""
    return scopes.split() or list(WHOLE)


def may(scopes: str, action: Action, resource_type: str) -> bool:
    """Say whether stored scopes allow to read or write resources of a type."""
    given = scopes.split()
    return not given or f"scim:{action}" in given or f"scim:{action}:{resource_type}" in given


def within(scopes: str, asked: str) -> bool:
    """Say whether stored scopes allow all that others do."""
    return all(may(scopes, action, name) for action in ACTIONS for name in registry() if may(asked, action, name))
