"""Change the members of a group, and tell of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optiid.clock import is_own_form
from optiid.scim.errors import ScimError
from optiid.scim.filters.matcher import matches
from optiid.scim.filters.tree import AttributePath, Each, Tree
from optiid.scim.search_form import search_form
from optiid.storage import memberships
from optiid.storage.journal import Event

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from optiid.scim.patch.members import MemberChange
    from optiid.scim.resource_types import ResourceType
    from optiid.services.actor import Actor
    from optiid.storage.database import Database
    from optiid.storage.memberships import Applied
    from optiid.storage.resources import Stored


def change_members(database: Database, actor: Actor, group: Stored, change: MemberChange) -> Applied:
    """Apply a member change. Raises invalidValue for ids that are no resources of the connection.

    A profile may have such ids skipped: pushes can carry the old id of a user who was created again.
    """
    applied = memberships.apply_change(database, actor.scope, group.id, change)
    unknown = [] if actor.policy.unknown_members == "skip" else applied.unknown
    if actor.policy.unknown_members == "skip_alien":
        # An id of another form was never given out here: a left-over of the service that a client spoke to before.
        unknown = [ident for ident in unknown if is_own_form(ident)]
    if unknown:
        shown = ", ".join(repr(ident[:64]) for ident in unknown[:3])
        raise ScimError.invalid_value(f"No user or group {shown} can be a member here: create it first")
    return applied


def membership_events(group: Stored, applied: Applied) -> list[Event]:
    """Return the events of a member change: what products see changes only with members who live."""
    events = []
    if applied.living_removed:
        events.append(Event("group.member_removed", group.id, {"members": applied.living_removed}))
    if applied.living_added:
        events.append(Event("group.member_added", group.id, {"members": applied.living_added}))
    return events


def selecting(
    database: Database, actor: Actor, resource_type: ResourceType, group: Stored
) -> Callable[[Tree], Iterable[str]]:
    """Return a function that finds the stored members a value filter selects, for filters beyond a list of ids."""

    def select(where: Tree) -> list[str]:
        tree = Each(AttributePath(None, "members", None), where)
        found = memberships.members_of(database, actor.scope, [group.id])[group.id]
        return [
            member.id
            for member in found
            if matches(
                tree,
                search_form(
                    {"members": [{"value": member.id, "type": member.type, "display": member.display}]}, resource_type
                ),
                resource_type,
            )
        ]

    return select
