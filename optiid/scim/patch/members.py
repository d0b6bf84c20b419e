"""Changes of a group's members: the steps a PATCH asks for, folded into one change of membership rows.

Members never sit in the document (architecture: one membership = one row), so their part of a PATCH is planned apart.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from optiid.scim.errors import ScimError
from optiid.scim.filters.tree import Compare, Or, Tree

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

StepKind = Literal["add", "remove", "replace"]


@dataclass(frozen=True, slots=True)
class MemberStep:
    """One step: members by id, or (remove only) those that a value filter selects."""

    kind: StepKind
    ids: tuple[str, ...] = ()
    where: Tree | None = None


@dataclass(slots=True)
class MemberChange:
    """What is to become of the members: either exactly `replace`, or `add` and `remove` (which are disjoint).

    Dicts with None values stand for ordered sets.
    """

    add: dict[str, None] = field(default_factory=dict)
    remove: dict[str, None] = field(default_factory=dict)
    replace: dict[str, None] | None = None

    def __bool__(self) -> bool:
        return bool(self.add or self.remove) or self.replace is not None

    def added(self, ids: Iterable[str]) -> None:
        """Take up an `add` of these members."""
        for member in ids:
            self.remove.pop(member, None)
            (self.add if self.replace is None else self.replace)[member] = None

    def removed(self, ids: Iterable[str]) -> None:
        """Take up a `remove` of these members."""
        for member in ids:
            self.add.pop(member, None)
            if self.replace is None:
                self.remove[member] = None
            else:
                self.replace.pop(member, None)

    def replaced(self, ids: Iterable[str]) -> None:
        """Take up a `replace`: what was asked before no longer matters."""
        self.add, self.remove, self.replace = {}, {}, dict.fromkeys(ids)


def fold(steps: Iterable[MemberStep], select: Callable[[Tree, MemberChange], Iterable[str]]) -> MemberChange:
    """Return the one change that the steps, taken in order, amount to.

    `select` gives the ids that a value filter selects of the members as the change so far leaves them, since each
    operation sees what those before it did (RFC 7644, section 3.5.2); ids that are no members may be among them. It
    is asked only for filters that are more than a list of ids.
    """
    change = MemberChange()
    for step in steps:
        if step.kind == "replace":
            change.replaced(step.ids)
        elif step.kind == "add":
            change.added(step.ids)
        else:
            change.removed(step.ids if step.where is None else select(step.where, change))
    return change


def read_member_ids(value: Any) -> tuple[str, ...]:
    """Return the ids in a `members` value: an object or a list of objects with a text `value`. Raises invalidValue."""
    entries = value if isinstance(value, list) else [value]
    ids: dict[str, None] = {}
    for position, entry in enumerate(entries):
        member = _member_value(entry)
        if member is None:
            raise ScimError.invalid_value(f"members[{position}] must be an object whose value is the id of a member")
        ids[member] = None
    return tuple(ids)


def _member_value(entry: Any) -> str | None:
    if not isinstance(entry, dict):
        return None
    found = entry.get("value") or next((entry[name] for name in entry if name.lower() == "value"), None)
    return found if isinstance(found, str) and found else None


def ids_of_filter(tree: Tree) -> tuple[str, ...] | None:
    """Return the ids when a value filter is `value eq "x"`, alone or joined by `or`; None for any other filter."""
    if isinstance(tree, Or):
        parts = [ids_of_filter(part) for part in tree.parts]
        return None if None in parts else tuple(member for part in parts for member in part or ())
    if isinstance(tree, Compare) and tree.operator == "eq" and tree.path.attribute.lower() == "value":
        return (tree.value,) if isinstance(tree.value, str) else None
    return None
