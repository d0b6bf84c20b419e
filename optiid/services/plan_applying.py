"""Make the plan of a connection real, slice by slice, and to the end even after a crash; then the connection is active.

Meanwhile its writes are answered 503, and reads see the plan. What cannot be made real, since somebody else has the
name by now or the last administrator would go, stays planned, and the connection stays in dry run with it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING

from optiid.services import acts, connections, journal, organization_rules
from optiid.services.author import COMMAND_LINE
from optiid.services.plan_slices import NobodyLeftError, end_memberships, make_real
from optiid.services.plans import (
    Item,
    changed_pages,
    check_applying,
    item_of,
    member_pages,
    opened,
    settle,
    vanished_pages,
)
from optiid.storage import ownership, plan_differences, plan_writing, plans
from optiid.storage.audit import Act
from optiid.storage.journal import Event
from optiid.storage.memberships import Applied

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from optiid.services.author import Author
    from optiid.services.rules import Rules
    from optiid.storage.database import Database
    from optiid.storage.plan_differences import Difference, Pair
    from optiid.storage.plans import Plan
    from optiid.storage.resources import Stored


@dataclass(frozen=True, slots=True)
class Blocked:
    """A change that stays planned, and why."""

    item: Item
    reason: str


@dataclass(slots=True)
class Result:
    """What became of a plan: how many users and groups, and memberships, are real now, and what stays planned."""

    connection: str
    resources: int = 0
    memberships: int = 0
    blocked: list[Blocked] = field(default_factory=list)
    state: str = ""


def apply(
    database: Database,
    connection_id: str,
    report: Callable[[int], None] = lambda _: None,
    *,
    author: Author = COMMAND_LINE,
) -> Result:
    """Make a plan real and return what became of it; one that was cut off goes on. `report` is told the sum so far.

    Raises NotFoundError, and ConflictError for a connection without a plan, one that is not copied whole, and one that
    somebody else ends meanwhile.
    """
    found = connections.get(database, connection_id)
    rules = organization_rules.of_organization(database, found.organization)
    plan = database.transaction(lambda: opened(database, found, "applying"))
    made = Result(found.id)
    for page in (vanished_pages, changed_pages):
        for differences in page(database, plan):
            _resources(database, plan, rules, differences, made, author)
            report(made.resources)
    # First whom groups gain: of administrators that change places somebody is one all the time.
    for pairs in member_pages(database, plan, plan_differences.added_members):
        made.memberships += database.transaction(lambda: _add(database, plan, pairs, author))  # noqa: B023 - at once
    for pairs in member_pages(database, plan, plan_differences.removed_members):
        _remove(database, plan, pairs, made, author)
    database.transaction(lambda: _end(database, plan, made, author))
    made.state = connections.get(database, connection_id).state
    return made


def _end(database: Database, plan: Plan, made: Result, author: Author) -> None:
    """Let the connection go live, or on in dry run when something stays planned."""
    plans.hold(database, plan.organization, plan.connection)
    check_applying(database, plan)
    counted = {"resources": made.resources, "memberships": made.memberships, "blocked": len(made.blocked)}
    states = ("dry-run", "open") if made.blocked else ("active", "ended")
    settle(database, plan, states, [Act("plan.applied", plan.connection, {"plan": plan.id} | counted)], author)


def _resources(
    database: Database, plan: Plan, rules: Rules, found: Sequence[Difference], made: Result, author: Author
) -> None:
    """Make a page of differences real, and note what stays planned."""

    def work(*, keep_administrators: bool) -> dict[str, Blocked]:
        check_applying(database, plan)
        done = make_real(database, plan, rules, found, keep_administrators=keep_administrators)
        journal.record(
            database, author, plan.organization, events=done.events, acts=done.acts, connection=plan.connection
        )
        counts.append(len(done.free))
        return {ident: Blocked(item_of(done.found[ident]), reason) for ident, reason in done.blocked.items()}

    counts: list[int] = []
    try:
        blocked = database.transaction(lambda: work(keep_administrators=False))
    except NobodyLeftError:
        blocked = database.transaction(lambda: work(keep_administrators=True))
    made.resources += counts[-1]
    _note(made, blocked.values())


def _note(made: Result, blocked: Iterable[Blocked]) -> None:
    known = {one.item.id for one in made.blocked}
    made.blocked += [one for one in blocked if one.item.id not in known]


def _remove(database: Database, plan: Plan, pairs: Sequence[Pair], made: Result, author: Author) -> None:
    """End memberships; those in groups that make the last administrator one stay planned."""

    def work(*, keep_administrators: bool) -> list[str]:
        check_applying(database, plan)
        kept = end_memberships(database, plan, pairs, keep_administrators=keep_administrators)
        ended = [pair for pair in pairs if pair[0] not in kept]
        _tell(database, plan, ended, author, removed=True)
        counts.append(len(ended))
        return kept

    counts: list[int] = []
    try:
        kept = database.transaction(lambda: work(keep_administrators=False))
    except NobodyLeftError:
        kept = database.transaction(lambda: work(keep_administrators=True))
    made.memberships += counts[-1]
    _note(made, map(_members_stay, ownership.fetch(database, plan.organization, kept)))


def _members_stay(group: Stored) -> Blocked:
    item = Item("changed", group.type, group.id, group.document["displayName"], ["members"])
    return Blocked(item, "its members are the last administrators: give somebody else that role first")


def _add(database: Database, plan: Plan, pairs: Sequence[Pair], author: Author) -> int:
    """Store memberships whose both ends are in the directory; the others wait for those who stay planned."""
    check_applying(database, plan)
    known = plan_writing.states(database, plan.organization, {ident for pair in pairs for ident in pair})
    real = [pair for pair in pairs if pair[0] in known and pair[1] in known]
    plans.add_members(database, plan.organization, real)
    _tell(database, plan, real, author, removed=False)
    return len(real)


def _tell(database: Database, plan: Plan, pairs: Sequence[Pair], author: Author, *, removed: bool) -> None:
    home = plan.organization
    states = plan_writing.states(database, home, {member for _, member in pairs})
    groups = {one.id: one for one in ownership.fetch(database, home, {group for group, _ in pairs})}
    events, told = [], []
    for group_id, found in groupby(pairs, key=lambda pair: pair[0]):
        members = [member for _, member in found]
        living = sorted(ident for ident in members if states.get(ident, "gone") not in ("gone", "planned"))
        applied = Applied([], members, [], living, []) if removed else Applied(members, [], living, [], [])
        if living:
            kind = "group.member_removed" if removed else "group.member_added"
            events.append(Event(kind, group_id, {"members": living}))
        told += acts.change(groups[group_id], groups[group_id], applied)
    journal.record(database, author, home, events=events, acts=told, connection=plan.connection)
