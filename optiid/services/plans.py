"""The plan of a connection in dry run: what it would make of the directory, shown and dropped."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from optiid.clock import now, timestamp
from optiid.errors import ConflictError, InvalidInputError
from optiid.services import connections, journal
from optiid.services.author import COMMAND_LINE
from optiid.services.lifecycle import changed_attributes, transition
from optiid.storage import adoptions, ownership, plan_differences, plan_writing, plans, tenants
from optiid.storage.audit import Act
from optiid.storage.journal import Event

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from optiid.services.author import Author
    from optiid.services.connections import Connection
    from optiid.storage.database import Database
    from optiid.storage.plan_differences import Difference, Pair
    from optiid.storage.plans import Plan
    from optiid.storage.resources import Stored

SLICE, MEMBERS_SLICE = 200, 1000
SHOWN = 1000
KEPT_SECONDS = 600
_DONE = {"deleted": "deprovisioned"}
_TOLD = {"active": "connection.activated", "paused": "connection.paused"}


@dataclass(frozen=True, slots=True)
class Item:
    """One change of a user or group; `changed` names the attributes, or `state`.

    `change` is created, changed, restored, suspended, deprovisioned (out of the directory), deleted (by a DELETE, or
    a group), held (the brake would keep the user) or unseen (the directory does not show it).
    """

    change: str
    type: str
    id: str
    name: str
    changed: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class MemberItem:
    """One membership that begins or ends; `change` is added or removed."""

    change: str
    group: str
    member: str


@dataclass(slots=True)
class Shown:
    """A plan; `counts` are whole, the lists end after so many as were asked for.

    `linked` are the adoptions that wait for an administrator: what is made by hand and the connection meant.
    """

    connection: str
    state: str
    since: str
    counts: dict[str, int] = field(default_factory=dict)
    items: list[Item] = field(default_factory=list)
    memberships: list[MemberItem] = field(default_factory=list)
    linked: list[dict[str, str]] = field(default_factory=list)


def show(database: Database, connection_id: str, limit: int = SHOWN) -> Shown:
    """Return the plan of a connection. Raises NotFoundError, and ConflictError when it has none."""
    found = connections.get(database, connection_id)
    plan = database.reading(lambda: of_connection(database, found))
    counts: Counter[str] = Counter()
    made = Shown(found.id, found.state, plan.created_at)
    for page in (vanished_pages, changed_pages):
        for one in page(database, plan):
            items = [item_of(difference) for difference in one]
            counts.update(f"{item.type.lower()}s {item.change}" for item in items)
            made.items += items[: limit - len(made.items)]
    for change, page_of in (("removed", plan_differences.removed_members), ("added", plan_differences.added_members)):
        for pairs in member_pages(database, plan, page_of):
            counts[f"memberships {change}"] += len(pairs)
            made.memberships += [MemberItem(change, *pair) for pair in pairs[: limit - len(made.memberships)]]
    made.linked = database.reading(lambda: _linked(database, plan))
    counts.update({"linked": len(made.linked)} if made.linked else {})
    made.counts = dict(counts)
    return made


def discard(
    database: Database, connection_id: str, state: str = "paused", *, author: Author = COMMAND_LINE
) -> Connection:
    """Drop the plan of a connection, whose SCIM plane is what the directory has again; it is paused or active then.

    Raises NotFoundError, InvalidInputError, and ConflictError for a connection without a plan.
    """
    if state not in ("paused", "active"):
        raise InvalidInputError(f"After a plan is dropped a connection is paused or active, not {state!r}")
    found = connections.get(database, connection_id)

    def work() -> None:
        plan = opened(database, found, "ended")
        settle(database, plan, (state, "ended"), [Act("plan.discarded", found.id, {"plan": plan.id})], author)

    database.transaction(work)
    return connections.get(database, connection_id)


def drop_ended(database: Database, organization: str) -> int:
    """Delete the rows of plans that have ended, in slices, and return how many plans.

    Not at once: a request that was let in before the end may still read there.
    """
    before = timestamp(now() - timedelta(seconds=KEPT_SECONDS))
    found = database.reading(lambda: plans.ended(database, organization, before))
    for plan in found:
        while database.transaction(lambda: plans.drop_some(database, plan, SLICE)):  # noqa: B023 - called at once
            pass
    return len(found)


def of_connection(database: Database, found: Connection) -> Plan:
    """Return the plan of a connection. Raises ConflictError when it has none."""
    ident = plans.id_of(database, found.organization, found.id)
    plan = plans.find(database, found.organization, ident) if ident else None
    if plan is None:
        raise ConflictError(f"Connection {found.id} is {found.state} and has no plan: `optiid connection dry-run` it")
    return plan


def opened(database: Database, found: Connection, stage: str) -> Plan:
    """Hold a connection, and close its plan to all writes; return the plan. Raises ConflictError."""
    plans.hold(database, found.organization, found.id)
    plan = of_connection(database, found)
    plans.hold(database, plan.id, plan.connection)
    if stage == "applying" and plan.stage == "filling":
        raise ConflictError(f"Connection {found.id} is not in dry run yet: run `optiid connection dry-run` again")
    plans.move(database, plan, stage)
    return plan


def check_applying(database: Database, plan: Plan) -> None:
    """Raise ConflictError unless a plan is still being applied; inside a transaction, until whose end it stays so."""
    plans.keep(database, plan.organization, plan.connection)
    known = plans.find(database, plan.organization, plan.id)
    if known is None or known.stage != "applying":
        raise ConflictError(f"The plan of connection {plan.connection} was ended at the same moment: look again")


def settle(database: Database, plan: Plan, states: tuple[str, str], acts: Sequence[Act], author: Author) -> None:
    """Give a connection its next state, and its plan the next stage, inside a transaction."""
    state, stage = states
    organization, connection = plan.organization, plan.connection
    plans.hold(database, organization, connection)
    changes = {"state": state} | ({"plan": ""} if stage == "ended" else {})
    if stage == "ended" and acts[0].action == "plan.applied":
        plan_writing.write_brake(database, plan)
    plans.move(database, plan, stage)
    tenants.update_connection(database, organization, connection, changes)
    told = [Event(_TOLD[state], connection)] if state in _TOLD else []
    journal.record(database, author, organization, events=told, acts=acts, connection=connection)


def vanished_pages(database: Database, plan: Plan) -> Iterator[list[Difference]]:
    """Yield what the plan has deleted without a trace, page by page."""
    return _pages(database, plan, plan_differences.vanished)


def changed_pages(database: Database, plan: Plan) -> Iterator[list[Difference]]:
    """Yield what the plan has made, changed and deleted, page by page."""
    return _pages(database, plan, plan_differences.changed)


def _pages(
    database: Database, plan: Plan, page: Callable[[Database, Plan, str, int], list[Difference]]
) -> Iterator[list[Difference]]:
    after = ""
    while found := database.reading(lambda: page(database, plan, after, SLICE)):  # noqa: B023 - called at once
        after = found[-1].id
        yield found


def member_pages(
    database: Database, plan: Plan, page: Callable[[Database, Plan, Pair, int], list[Pair]]
) -> Iterator[list[Pair]]:
    """Yield memberships that begin or end, page by page."""
    after = ("", "")
    while found := database.reading(lambda: page(database, plan, after, MEMBERS_SLICE)):  # noqa: B023 - at once
        after = found[-1]
        yield found


def item_of(difference: Difference) -> Item:
    """Return what a difference is to people."""
    before, after = difference.before, difference.after
    one = after or before
    if one is None:
        raise ValueError("a difference has at least one side")
    name = one.document["userName" if one.type == "User" else "displayName"]
    changed = [] if before is None or after is None else _changed(before, after)
    return Item(_change(difference), one.type, one.id, name, changed)


def _changed(before: Stored, after: Stored) -> list[str]:
    return changed_attributes(before.document, after.document) + (["state"] if before.state != after.state else [])


def _change(difference: Difference) -> str:
    before, after = difference.before, difference.after
    if after is None or (difference.removed_at and after.state == "gone"):
        return "deleted"
    if after.state == "living" and (difference.removed_at or not after.active):
        return "held"
    if before is None:
        return "created" if after.living else "unseen"
    what = transition(before, after)
    if what is not None:
        return _DONE.get(what, what)
    return "changed" if after.living and before.document != after.document else "unseen"


def _linked(database: Database, plan: Plan) -> list[dict[str, str]]:
    open_ = [
        one
        for one in adoptions.of_organization(database, plan.organization)
        if one.connection == plan.connection and one.state == "proposed"
    ]
    known = {one.id: one for one in ownership.fetch(database, plan.organization, [one.resource for one in open_])}
    return [
        {"adoption": one.id, "resource": one.resource, "name": known[one.resource].display}
        for one in open_
        if one.resource in known and known[one.resource].living
    ]
