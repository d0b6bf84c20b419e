"""Make a slice of a plan real, inside a transaction that somebody else has begun."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from optiid.errors import ConflictError
from optiid.services import acts, brake, role_events
from optiid.services.lifecycle import change_events, creation_events
from optiid.storage import claims, outside, plan_differences, plan_writing, roles, teams
from optiid.storage.audit import Act
from optiid.storage.journal import Event
from optiid.storage.plan_differences import Difference
from optiid.storage.resources import Scope

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from optiid.services.rules import Rules
    from optiid.storage.database import Database
    from optiid.storage.plan_differences import Pair
    from optiid.storage.plan_writing import Clash
    from optiid.storage.plans import Plan
    from optiid.storage.resources import Stored

LAST_ADMINISTRATOR = "is the last administrator: give somebody else that role first"


class NobodyLeftError(ConflictError):
    """A slice would leave the organization without an administrator."""


@dataclass(slots=True)
class Slice:
    """Some differences on their way: those that cannot be made real by their ids with the reason, and what is told."""

    found: dict[str, Difference]
    blocked: dict[str, str] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    acts: list[Act] = field(default_factory=list)

    @property
    def free(self) -> list[Difference]:
        """What is made real."""
        return [one for ident, one in sorted(self.found.items()) if ident not in self.blocked]


def make_real(
    database: Database, plan: Plan, rules: Rules, found: Iterable[Difference], *, keep_administrators: bool
) -> Slice:
    """Write some differences of a plan into the directory, and return what became of them.

    Whoever bears a name that one of them is to get, and gives it up in the plan, goes along. What somebody else has is
    not taken: such a one stays planned, with all that waits for its name. Raises NobodyLeftError when the last
    administrator would go; with `keep_administrators` every administrator stays.
    """
    made = Slice({one.id: one for one in found})
    clashes = _gather(database, plan, made)
    _settle_before(database, plan, made)
    _block(database, plan, rules, made, clashes)
    leaving = [one for one in made.free if _ends_administrator(database, plan, one)]
    if leaving:
        roles.hold_administrators(database, plan.organization)
    if keep_administrators:
        made.blocked |= {one.id: LAST_ADMINISTRATOR for one in leaving}
        _pass_on(made, clashes)
    _write(database, plan, rules, made)
    if leaving and not keep_administrators and not roles.has_administrator(database, plan.organization):
        raise NobodyLeftError("Nobody would administer the organization any more")
    return made


def end_memberships(database: Database, plan: Plan, pairs: Sequence[Pair], *, keep_administrators: bool) -> list[str]:
    """End memberships, pairs of group and member, in the directory; return the groups whose members stay instead.

    Raises NobodyLeftError when nobody would administer the organization any more; with `keep_administrators` the
    members of groups that make somebody an administrator stay.
    """
    home = plan.organization
    groups = sorted({group for group, _ in pairs})
    conferring = [group for group in groups if roles.confers_administration(database, home, group)]
    if conferring:
        roles.hold_administrators(database, home)
    had_one = bool(conferring) and roles.has_administrator(database, home)
    kept = conferring if keep_administrators else []
    plan_writing.remove_members(database, home, [pair for pair in pairs if pair[0] not in kept])
    if had_one and not roles.has_administrator(database, home):
        raise NobodyLeftError("Nobody would administer the organization any more")
    return kept


def _gather(database: Database, plan: Plan, made: Slice) -> list[Clash]:
    """Add whoever must give way to the slice, and return all clashes of names and unique values in it."""
    while True:
        clashes = plan_writing.clashes(database, plan, list(made.found))
        own = {one.holder for one in clashes if one.owner == plan.connection} - made.found.keys()
        if not own:
            return clashes
        made.found |= {one.id: one for one in plan_differences.changed_among(database, plan, own)}
        for ident, stored in plan_writing.lock(database, plan.organization, own - made.found.keys()).items():
            made.found[ident] = Difference(stored, None)


def _settle_before(database: Database, plan: Plan, made: Slice) -> None:
    """Hold the rows of the slice, and read what the directory has of them now."""
    known = plan_writing.lock(database, plan.organization, list(made.found))
    for ident, one in list(made.found.items()):
        after = None if one.after is None else one.after._replace(organization=plan.organization)
        made.found[ident] = replace(one, before=known.get(ident), after=after)


def _block(database: Database, plan: Plan, rules: Rules, made: Slice, clashes: list[Clash]) -> None:
    owner = Scope(plan.organization, plan.connection)
    for clash in clashes:
        if clash.owner != plan.connection:
            made.blocked[clash.wanted] = f"its name, or another unique value, belongs to {clash.holder} by now"
    if rules.unique_names == "installation":
        for one in made.free:
            after = one.after
            if after is not None and _claims(after) and outside.name_is_claimed(database, owner, after.name_key):
                made.blocked[one.id] = "its name is taken by now"
    _pass_on(made, clashes)


def _pass_on(made: Slice, clashes: list[Clash]) -> None:
    """Block whoever waits for a name that stays where it is."""
    waiting = True
    while waiting:
        waiting = False
        for clash in clashes:
            if clash.holder in made.blocked and clash.wanted not in made.blocked:
                made.blocked[clash.wanted] = f"its name is that of {clash.holder}, who stays planned"
                waiting = True


def _claims(stored: Stored) -> bool:
    return stored.living and stored.type == "User"


def _ends_administrator(database: Database, plan: Plan, one: Difference) -> bool:
    before, home = one.before, plan.organization
    if before is None or not before.living or (one.after is not None and one.after.living):
        return False
    if before.type == "User":
        return roles.is_administrator(database, home, before.id)
    return roles.confers_administration(database, home, before.id)


def _write(database: Database, plan: Plan, rules: Rules, made: Slice) -> None:
    free = made.free
    _release(database, rules, free)
    vanishing = [one for one in free if one.after is None]
    for one in vanishing:
        _tell_vanished(database, made, one)
    plan_writing.delete(database, plan, [one.id for one in vanishing])
    writing = [one for one in free if one.after is not None]
    closed = [one.id for one in writing if one.removed_at and one.before is not None]
    plan_writing.write(database, plan, [one.id for one in writing], closed)
    for one in writing:
        _tell_written(database, made, one)
    _claim(database, rules, free)
    _write_holds(database, plan, made, [one.id for one in free])


def _release(database: Database, rules: Rules, free: list[Difference]) -> None:
    if rules.unique_names == "installation":
        for one in free:
            if one.before is not None and _claims(one.before):
                claims.release(database, one.before)


def _claim(database: Database, rules: Rules, free: list[Difference]) -> None:
    if rules.unique_names == "installation":
        for one in free:
            if one.after is not None and _claims(one.after):
                claims.claim(database, one.after)


def _tell_vanished(database: Database, made: Slice, one: Difference) -> None:
    before = one.before
    if before is None:
        return
    if before.type == "Group":
        events, ending = role_events.revoked(roles.grants_to(database, before.organization, [before.id]))
        made.events += events
        made.acts += ending
    made.events += change_events(before, before._replace(state="gone"))
    made.acts.append(acts.removal(before))


def _tell_written(database: Database, made: Slice, one: Difference) -> None:
    before, after = one.before, one.after
    if after is None:
        return
    if before is None:
        made.events += creation_events(after)
        made.acts.append(acts.creation(after))
        instance = teams.instance_of(database, after.organization, after.id) if after.type == "Group" else None
        if instance is not None and after.living:
            made.events.append(Event("team.created", after.id, {"instance": instance}))
        return
    made.events += change_events(before, after)
    made.acts += [acts.removal(before)] if one.removed_at and after.state == "gone" else acts.change(before, after)


def _write_holds(database: Database, plan: Plan, made: Slice, idents: list[str]) -> None:
    found = plan_writing.holds(database, plan, idents)
    # Of one person only one hold is open: the settled ones first.
    for one in sorted(found, key=lambda hold: (hold.is_new, hold.id)):
        plan_writing.write_hold(database, plan, one)
        if one.state != "open":
            told = brake.told_of([(one.id, one.resource)], one.state)
            made.events += told.events
            made.acts += told.acts
            continue
        details = {"hold": one.id, "asked": one.asked}
        if one.is_new:
            made.events.append(Event("hold.placed", one.resource, details | {"why": one.why}))
        made.acts.append(Act("hold.placed" if one.is_new else "hold.extended", one.resource, details))
