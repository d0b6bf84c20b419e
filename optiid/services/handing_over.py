"""Give resources of one connection to another, inside a transaction that somebody else has begun.

Ids, states and memberships stay; names and memberships that the new owner cannot have give way.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from optiid.services.administrators import keeping_one
from optiid.services.planned import check_no_plan
from optiid.storage import holds, ownership, resources
from optiid.storage.journal import Event

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from optiid.storage.database import Database
    from optiid.storage.ownership import Moved
    from optiid.storage.resources import Stored

# A slice is committed as one: what is in it waits for it, and nothing else does.
SLICE = 500


@dataclass(frozen=True, slots=True)
class Route:
    """From which connection to which; the organization itself is the one of what is made by hand."""

    organization: str
    source: str
    target: str


def hand_over(
    database: Database, route: Route, idents: Collection[str], *, whole: bool
) -> tuple[list[Moved], list[Event]]:
    """Give resources to another connection; return which went, and the events of that.

    A tombstone gives way where a name would be borne twice. A group of a connection holds only what the connection
    owns: memberships that would span two connections end, unless everything moves (`whole`) and they span none then.
    Raises ScimError 409 when these were of the last administrator.
    """
    check_no_plan(database, route.organization, route.source, route.target)
    make_room(database, route, ownership.lock(database, route.organization, idents))
    ending = [] if whole else ownership.spanning(database, route.organization, idents, route.target)
    moved = ownership.rehome(database, route.organization, idents, route.source, route.target)
    holds.rehome(database, route.organization, idents, route.target)
    told = {"from": route.source, "to": route.target}
    events = [Event(f"{one.type.lower()}.moved", one.id, told) for one in moved if one.living]
    return moved, events + end(database, route.organization, ending)


def make_room(database: Database, route: Route, movers: Sequence[Stored]) -> None:
    """Close tombstones, so that nobody of the new owner shares a name: the living keep it, else the owner's."""
    for mover, holder in ownership.clashes(database, movers, route.target):
        resources.close(database, holder if mover.living else mover)


def end(database: Database, organization: str, ending: Sequence[tuple[str, str]]) -> list[Event]:
    """End memberships, pairs of group and member, and return the events of that.

    Raises ScimError 409 when nobody would administer the organization any more.
    """
    if not ending:
        return []
    with keeping_one(database, organization):
        return _ended(database, organization, ending)


def _ended(database: Database, organization: str, ending: Sequence[tuple[str, str]]) -> list[Event]:
    events = []
    for group_id, pairs in groupby(sorted(ending), key=lambda pair: pair[0]):
        living = ownership.end_memberships(database, organization, group_id, [member for _, member in pairs])
        if living:
            events.append(Event("group.member_removed", group_id, {"members": living}))
    return events
