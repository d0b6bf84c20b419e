"""The brake: too many removals are answered as if done, and wait for an administrator (product.md, section 3).

So does the removal of the last administrator, however it is asked for.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from optiid.clock import new_id, now, timestamp
from optiid.scim.errors import ScimError
from optiid.services.lifecycle import ERASED
from optiid.storage import brake, holds, roles
from optiid.storage.audit import Act
from optiid.storage.holds import Hold
from optiid.storage.journal import Event
from optiid.storage.keys import name_column

if TYPE_CHECKING:
    from optiid.services.actor import Actor
    from optiid.storage.database import Database
    from optiid.storage.resources import Stored

# Counting all users of a connection is dear: while a storm lasts, it is done once in so long.
MEASURE_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Told:
    """What the journal is to tell of a hold, or of anything else."""

    events: list[Event]
    acts: list[Act]

    def __add__(self, other: Told) -> Told:
        return Told(self.events + other.events, self.acts + other.acts)


NOTHING = Told([], [])


def is_held(stored: Stored) -> bool:
    """Say whether somebody is inactive for the identity provider and still in the directory, access and all."""
    return stored.state == "living" and not stored.active


def held_on(database: Database, actor: Actor, before: Stored, state: str) -> Told | None:
    """Return what to tell when a user who is to get that state must stay in the directory; None: it may be done.

    What it counts is counted under a lock that lasts until the transaction ends. Raises uniqueness when an
    administrator would remove the last one.
    """
    removes = state in ("gone", ERASED)
    if not before.living or not (removes or (state == "suspended" and before.state == "living")):
        return None
    asked = "erase" if state == ERASED else "deactivate"
    return hold(database, actor, before, asked)


def hold(database: Database, actor: Actor, before: Stored, asked: str) -> Told | None:
    """Hold what is asked (deactivate, delete, erase) of a user in the directory, if it must be; see `held_on`."""
    if not before.living:
        return None
    if is_held(before):
        return _still_held(database, actor, before, asked)
    if roles.is_last_administrator(database, actor.owner.organization, before.id):
        _refuse_by_hand(actor, before)
        return _place(database, actor, before, asked, "last_administrator")
    return _place(database, actor, before, asked, "brake") if _brakes(database, actor, before) else None


def _brakes(database: Database, actor: Actor, before: Stored) -> bool:
    """Count one more removal by a connection, and say whether it is one too many."""
    policy, scope = actor.policy, actor.scope
    if not policy.brake:
        return False
    instant = now()
    population, measured_at = brake.engage(database, scope)
    brake.forget(database, scope, timestamp(instant - timedelta(minutes=policy.brake_window_minutes)))
    # With this one there are more than N when there are N others.
    holds_it = brake.has_others(database, scope, before.id, policy.brake_users)
    if holds_it:
        if measured_at < timestamp(instant - timedelta(seconds=MEASURE_SECONDS)):
            population = brake.measure(database, scope, timestamp(instant))
        holds_it = brake.has_others(database, scope, before.id, policy.brake_percent * population // 100)
    brake.note(database, scope, before.id, timestamp(instant), held=holds_it)
    return holds_it


def _place(database: Database, actor: Actor, before: Stored, asked: str, why: str) -> Told:
    placed = Hold(
        before.organization, new_id(), before.id, actor.scope.connection, asked, why, actor.request_id, timestamp()
    )
    holds.place(database, placed)
    told = {"hold": placed.id, "asked": asked, "why": why}
    return Told([Event("hold.placed", before.id, told)], [Act("hold.placed", before.id, told)])


def _still_held(database: Database, actor: Actor, before: Stored, asked: str) -> Told:
    """Note that more is asked of whom is held already: it waits as before, however long it takes."""
    ident = holds.ask(database, before.organization, before.id, asked, actor.request_id)
    if ident is None:
        return _place(database, actor, before, asked, "brake")
    return Told([], [Act("hold.extended", before.id, {"hold": ident, "asked": asked})])


def cancel(database: Database, actor: Actor, stored: Stored) -> Told:
    """End the hold of somebody who is active again for the identity provider."""
    return _settle(database, actor, stored, "cancelled")


def hidden(database: Database, actor: Actor, document: dict[str, Any]) -> Stored | None:
    """Return the user who bears the name of a document and whom the identity provider has deleted, if one is held."""
    name_key, scope = name_column(document["userName"]), actor.scope
    return holds.hidden_by_name(database, scope.organization, scope.connection, name_key)


def give_way(database: Database, actor: Actor, stored: Stored, document: dict[str, Any]) -> Told:
    """Let a held user go because somebody new takes the name.

    Raises uniqueness for the last administrator, and when nobody would take the place: whoever is created inactive.
    """
    if not document.get("active", True):
        raise ScimError.uniqueness(
            f"userName {document['userName'][:80]!r} belongs to user {stored.id}, whose removal is held: ask an"
            " administrator of this service to release or reject it"
        )
    if roles.is_last_administrator(database, actor.owner.organization, stored.id):
        raise ScimError.uniqueness(
            f"userName {stored.document['userName'][:80]!r} belongs to the last administrator (id {stored.id}), whose"
            " removal is held: ask an administrator of this service to release or reject it"
        )
    return _settle(database, actor, stored, "released")


def _settle(database: Database, actor: Actor, stored: Stored, state: str) -> Told:
    settled = holds.settle(database, stored.organization, [stored.id], state, actor.author.by)
    return told_of(settled, state)


def told_of(settled: list[tuple[str, str]], state: str) -> Told:
    """Return what to tell of holds that were released, rejected or cancelled: pairs of hold and user."""
    details: list[tuple[str, dict[str, Any]]] = [(resource, {"hold": ident}) for ident, resource in settled]
    kind = f"hold.{state}"
    return Told([Event(kind, *one) for one in details], [Act(kind, *one) for one in details])


def _refuse_by_hand(actor: Actor, stored: Stored) -> None:
    if actor.scope.connection == actor.scope.organization:
        raise ScimError(409, f"User {stored.id} is the last administrator: give somebody else that role first")
