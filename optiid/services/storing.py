"""The steps that writes are made of, inside a transaction that somebody else has begun."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from optiid.clock import new_id
from optiid.scim.patch.members import MemberChange
from optiid.scim.validation import ResourceInput, read_resource
from optiid.services import acts, brake, journal, logbook, names, teams
from optiid.services.brake import NOTHING, Told
from optiid.services.lifecycle import ERASED, change_events, creation_events, is_same_person, settle
from optiid.services.membership import change_members, membership_events
from optiid.services.reading import not_found
from optiid.storage import holds, list_counts, memberships, resources
from optiid.storage.resources import NameTakenError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from optiid.scim.rendering import Reference
    from optiid.scim.resource_types import ResourceType
    from optiid.scim.versions import Conditions
    from optiid.services.actor import Actor
    from optiid.storage.audit import Act
    from optiid.storage.database import Database
    from optiid.storage.journal import Event
    from optiid.storage.resources import Stored


class Outcome(NamedTuple):
    """What a write led to, its events, and its acts for the audit trail.

    `created` for a POST, `fresh` when it can have no references yet; `before` is what was there, if anything was, and
    `groups` are a user's as of the write, when the answer tells of them.
    """

    stored: Stored
    events: list[Event]
    created: bool = False
    fresh: bool = False
    acts: Sequence[Act] = ()
    before: Stored | None = None
    groups: Sequence[Reference] | None = None


def committed(database: Database, actor: Actor, work: Callable[[], Outcome]) -> Outcome:
    """Return what `work` led to, after its transaction; its events and acts are stored last."""

    def whole() -> Outcome:
        outcome = work()
        logbook.note_write(database, actor, outcome, actor.line)
        tell(database, actor, outcome.events, outcome.acts)
        return _with_groups(database, actor, outcome) if actor.tells_groups and not outcome.fresh else outcome

    return database.transaction(whole, ordinary=True)


def _with_groups(database: Database, actor: Actor, outcome: Outcome) -> Outcome:
    """Read what the answer needs over the connection that wrote, which has the pages at hand."""
    ident = outcome.stored.id
    return outcome._replace(groups=memberships.groups_of(database, actor.scope, [ident])[ident])


def tell(database: Database, actor: Actor, events: Sequence[Event], acts: Sequence[Act]) -> None:
    """Store events and acts as the last act of a transaction; what is only planned is told when it happens."""
    if actor.planned_for is None:
        scope = actor.scope
        journal.record(
            database, actor.author, scope.organization, events=events, acts=acts, connection=scope.connection
        )  # fmt: skip


def read_input(actor: Actor, resource_type: ResourceType, body: dict[str, Any]) -> ResourceInput:
    """Return what a body asks for. Raises invalidValue and invalidSyntax."""
    unknown_extensions = actor.policy.unknown_extensions
    return read_resource(resource_type, body, unknown_extensions=unknown_extensions, limits=actor.limits)


def read_new(actor: Actor, resource_type: ResourceType, body: dict[str, Any]) -> ResourceInput:
    """Return what the body of a POST asks for: whoever can be inactive is active unless it says otherwise.

    Where whoever is inactive is erased, nobody can be created inactive, as the hosted service has it.
    """
    sent = read_input(actor, resource_type, body)
    if resource_type.attribute("active"):
        sent.document.setdefault("active", True)
        if actor.policy.inactive == "erase":
            sent.document["active"] = True
    return sent


def fetch_for_change(
    database: Database, actor: Actor, resource_type: ResourceType, ident: str, conditions: Conditions
) -> Stored:
    """Return a resource and hold its row. Raises 404 and 412."""
    stored = resources.fetch_for_change(database, actor.scope, resource_type, ident)
    if stored is None:
        raise not_found(resource_type, ident)
    conditions.check_change(stored.version)
    return stored


def keeping(before: Stored, document: dict[str, Any], *kept: str) -> dict[str, Any]:
    """Return a document with those attributes of the stored one that were not sent.

    A new one: a transaction may run twice, and what it finds stored the second time may differ.
    """
    return {name: before.document[name] for name in kept if name in before.document} | document


def make(database: Database, actor: Actor, resource_type: ResourceType, sent: ResourceInput) -> Outcome:
    """Create a resource, or revive the tombstone that has its name. Raises uniqueness and invalidValue."""
    document, occupant, told = sent.document, None, NOTHING
    names.refuse_system_name(actor, resource_type, document[resource_type.name_attribute])
    instance = teams.instance_of_new(database, actor.scope.organization, resource_type, document)
    # Most names are free. Whoever is inactive takes none: the index of those who live does not look at them.
    stored = _inserted(database, actor, resource_type, document) if document.get("active", True) else None
    if stored is None:
        occupant = names.occupant(database, actor, resource_type, document)
        if occupant is not None:
            if actor.policy.recreate == "restore" and is_same_person(occupant, document):
                revived = ResourceInput(keeping(occupant, document, "externalId"), None)
                outcome = store(database, actor, resource_type, occupant, revived)
                return outcome._replace(created=True)
            # Another person with a re-used address: the old tombstone is closed as if DELETEd.
            told = _replaced(database, actor, occupant, document, waits=brake.is_held(occupant))
        stored, way = _insert(database, actor, resource_type, document)
        told += way
    events = told.events + creation_events(stored)
    added: list[str] = []
    if sent.members:
        applied = change_members(database, actor, stored, MemberChange(add=dict.fromkeys(sent.members)))
        events, added = events + membership_events(stored, applied), applied.added
    if instance is not None:
        events += teams.establish(database, stored, instance)
    act = acts.creation(stored, occupant, added)
    return Outcome(stored, events, created=True, fresh=not sent.members, acts=(*told.acts, act))


def _insert(
    database: Database, actor: Actor, resource_type: ResourceType, document: dict[str, Any]
) -> tuple[Stored, Told]:
    """Store a new resource; whoever the identity provider has deleted and the brake holds gives way to its name."""
    way, stored = NOTHING, _inserted(database, actor, resource_type, document)
    if stored is None and resource_type.attribute("active"):
        held = brake.hidden(database, actor, document)
        if held is not None:
            way = _replaced(database, actor, held, document, waits=True)
            list_counts.forget(database, actor.scope.organization)  # who is held was on no list already
            stored = _inserted(database, actor, resource_type, document)
    if stored is None:
        raise names.taken(resource_type, document[resource_type.name_attribute])
    return stored, way


def _inserted(database: Database, actor: Actor, resource_type: ResourceType, document: dict[str, Any]) -> Stored | None:
    """Store a new resource and return it, or None when its name is taken. Raises uniqueness for other values."""
    state = settle(actor.policy, None, document)
    with names.refusing_taken(resource_type, document):
        try:
            stored = resources.insert(database, actor.scope, resource_type, new_id(), document, state)
        except NameTakenError:
            return None
        names.hold(database, actor, resource_type, None, stored)
    return stored


def _replaced(database: Database, actor: Actor, old: Stored, document: dict[str, Any], *, waits: bool) -> Told:
    """Close whoever another takes the name of; if their removal waits, it happens by that, unless nobody follows."""
    told = brake.give_way(database, actor, old, document) if waits else NOTHING
    return told + Told(close(database, actor, old), [])


def store(
    database: Database,
    actor: Actor,
    resource_type: ResourceType,
    before: Stored,
    sent: ResourceInput,
    change: MemberChange | None = None,
) -> Outcome:
    """Store what changed; what changes nothing leaves version and lastModified alone."""
    if before.type == "Group" and sent.document != before.document:
        sent = ResourceInput(teams.with_suffix(database, before, sent.document), sent.members)
    if sent.members is not None:
        change = MemberChange(replace=dict.fromkeys(sent.members))
    applied = change_members(database, actor, before, change) if change else None
    after, closed, told = before, None, NOTHING
    if sent.document != before.document:
        closed = names.claim(database, actor, resource_type, before, sent.document)
        after, told = _save(database, actor, resource_type, before, sent.document)
    elif applied:
        after = resources.touch(database, before)
    told += Told(change_events(before, after), acts.change(before, after, applied, closed))
    events = told.events + (membership_events(after, applied) if applied else [])
    return Outcome(after, events, acts=told.acts, before=before)


def _save(
    database: Database, actor: Actor, resource_type: ResourceType, before: Stored, document: dict[str, Any]
) -> tuple[Stored, Told]:
    """Store a changed document; the directory keeps whom the brake holds. Return also what is to tell of a hold."""
    state = settle(actor.policy, before, document)
    held = brake.held_on(database, actor, before, state)
    if state == ERASED and held is None:
        resources.remove(database, before)
        gone = before._replace(document=document, active=False, state="gone", version=before.version + 1)
        return gone, NOTHING
    with names.refusing_taken(resource_type, document):
        after = resources.save(database, before, resource_type, document, state if held is None else before.state)
        names.hold(database, actor, resource_type, before, after)
    if held is not None and state == ERASED:
        holds.hide(database, after)
    if brake.is_held(before) and after.active:
        return after, brake.cancel(database, actor, after)
    return after, held or NOTHING


def delete(database: Database, actor: Actor, before: Stored) -> Outcome:
    """Delete a user: a closed tombstone stays, or all of them in the directory, where the brake holds them."""
    held = brake.hold(database, actor, before, "delete")
    if held is None:
        return Outcome(before, close(database, actor, before), acts=(acts.removal(before),), before=before)
    holds.hide(database, before)
    return Outcome(before, held.events, acts=held.acts, before=before)


def close(database: Database, actor: Actor, stored: Stored) -> list[Event]:
    """Take a user off the SCIM plane and out of the directory; return the events of that."""
    resources.close(database, stored)
    after = stored._replace(state="gone")
    if actor.planned_for is None:
        names.claim_everywhere(database, actor.rules, stored, after)
    return change_events(stored, after)
