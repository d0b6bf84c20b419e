"""Change the members of a group, and tell of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optiid.clock import is_own_form
from optiid.scim.errors import ScimError
from optiid.services import administrators
from optiid.storage import memberships, roles
from optiid.storage.filter_sql import compile_member_filter
from optiid.storage.journal import Event

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from optiid.scim.filters.tree import Tree
    from optiid.scim.patch.members import MemberChange
    from optiid.scim.resource_types import ResourceType
    from optiid.services.actor import Actor
    from optiid.storage.database import Database
    from optiid.storage.memberships import Applied
    from optiid.storage.resources import Stored

# Each of these looks at all members while writers wait; a client that names members by id needs none.
MOST_SCANS = 20


def change_members(database: Database, actor: Actor, group: Stored, change: MemberChange) -> Applied:
    """Apply a member change.

    Raises invalidValue for ids that are no resources of the connection, and 409 when it leaves nobody who administers
    the organization.
    A profile may have such ids skipped: pushes can carry the old id of a user who was created again.
    """
    applied = memberships.apply_change(database, actor.scope, group.id, change)
    _check_administrators(database, group, applied)
    unknown = [] if actor.policy.unknown_members == "skip" else applied.unknown
    if actor.policy.unknown_members == "skip_alien":
        # An id of another form was never given out here: a left-over of the service that a client spoke to before.
        unknown = [ident for ident in unknown if is_own_form(ident)]
    if unknown:
        shown = ", ".join(repr(ident[:64]) for ident in unknown[:3])
        raise ScimError.invalid_value(f"No user or group {shown} can be a member here: create it first")
    return applied


def _check_administrators(database: Database, group: Stored, applied: Applied) -> None:
    """Raise 409 when members were taken out of a group who were the last administrators by it, or by one around it."""
    organization, gone = group.organization, applied.living_removed
    if applied.may_unseat and gone and roles.confers_administration(database, organization, group.id):
        administrators.check_one_is_left(database, organization, gone)


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
) -> Callable[[Tree, MemberChange], Iterable[str]]:
    """Return a function that finds the members a value filter selects, for filters beyond a list of ids.

    The database compares, and no member is loaded that does not go: a group may have a hundred thousand. One that can
    only select one id looks at no other.
    """
    scans = 0

    def select(where: Tree, change: MemberChange) -> list[str]:
        nonlocal scans
        condition, only = compile_member_filter(where, resource_type, database.dialect)
        if only is not None:
            return memberships.listed_that(database, actor.scope, [only], condition)
        scans += 1
        if scans > MOST_SCANS:
            raise ScimError.too_large(f"More than {MOST_SCANS} filters on members in one PATCH: name members by value")
        pending = change.add if change.replace is None else change.replace
        found = memberships.listed_that(database, actor.scope, pending, condition) if pending else []
        if change.replace is None:
            found += memberships.stored_that(database, actor.scope, group.id, condition)
        return found

    return select
