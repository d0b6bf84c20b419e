"""Create, replace, patch and remove resources: one function per use case, one transaction each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from optiid.clock import new_id
from optiid.scim.immutability import keeping_fixed
from optiid.scim.patch.engine import apply_edits
from optiid.scim.patch.members import MemberChange, fold
from optiid.scim.patch.planner import Plan, plan_patch
from optiid.scim.validation import ResourceInput, read_resource, validate_touched
from optiid.services import names
from optiid.services.lifecycle import change_event, check_removed_active, is_same_person, state_of
from optiid.services.membership import change_members, membership_events, selecting
from optiid.services.reading import not_found
from optiid.storage import journal, resources
from optiid.storage.journal import Event

if TYPE_CHECKING:
    from optiid.scim.patch.operations import PatchOperation
    from optiid.scim.resource_types import ResourceType
    from optiid.scim.versions import Conditions
    from optiid.services.actor import Actor
    from optiid.storage.database import Database
    from optiid.storage.resources import Stored


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a write led to; `created` for a POST, `fresh` when the resource can have no references yet."""

    stored: Stored
    created: bool = False
    fresh: bool = False


def create(database: Database, actor: Actor, resource_type: ResourceType, body: dict[str, Any]) -> Outcome:
    """Create a resource, or revive the tombstone that has its name. Raises uniqueness, invalidValue, invalidSyntax."""
    sent = _read(actor, resource_type, body)
    if resource_type.attribute("active"):
        sent.document.setdefault("active", True)
    return database.transaction(lambda: _create(database, actor, resource_type, sent))


def _create(database: Database, actor: Actor, resource_type: ResourceType, sent: ResourceInput) -> Outcome:
    document = sent.document
    occupant = names.occupant(database, actor, resource_type, document)
    if occupant is not None:
        if is_same_person(occupant, document):
            revived = ResourceInput(_keeping(occupant, document, "externalId"), None)
            return Outcome(_store(database, actor, resource_type, occupant, revived), created=True)
        # Another person with a re-used address: the old tombstone is closed as if DELETEd.
        resources.close(database, occupant)
    with names.refusing_taken(resource_type, document):
        stored = resources.insert(database, actor.scope, resource_type, new_id(), document, state_of(document))
    events = [Event(f"{resource_type.name.lower()}.created", stored.id)] if stored.living else []
    if sent.members:
        change = MemberChange(add=dict.fromkeys(sent.members))
        events += membership_events(stored, change_members(database, actor, stored, change))
    journal.append(database, actor.scope, actor.request_id, events)
    return Outcome(stored, created=True, fresh=not sent.members)


def replace(
    database: Database,
    actor: Actor,
    resource_type: ResourceType,
    ident: str,
    body: dict[str, Any],
    conditions: Conditions,
) -> Outcome:
    """Replace a resource (RFC 7644, section 3.5.1). Raises 404, 412, uniqueness, invalidValue and invalidSyntax.

    `active` and `externalId` that are not sent stay: clients that do not map them do not mean to clear them.
    `members` not sent stay; an empty list empties the group. What is immutable stays, or the request is refused.
    """
    sent = _read(actor, resource_type, body)

    def work() -> Outcome:
        before = _fetch_for_change(database, actor, resource_type, ident, conditions)
        document = _keeping(before, sent.document, "active", "externalId")
        document = keeping_fixed(resource_type, before.document, document)
        return Outcome(_store(database, actor, resource_type, before, ResourceInput(document, sent.members)))

    return database.transaction(work)


def patch(
    database: Database,
    actor: Actor,
    resource_type: ResourceType,
    ident: str,
    operations: list[PatchOperation],
    conditions: Conditions,
) -> Outcome:
    """Apply a PATCH, all of it or nothing. Raises 404, 412, uniqueness and the errors of RFC 7644, section 3.5.2."""
    plan = plan_patch(operations, resource_type, actor.policy.unknown_extensions, actor.patch_limits)

    def work() -> Outcome:
        before = _fetch_for_change(database, actor, resource_type, ident, conditions)
        document = _patched(actor, resource_type, before, plan)
        change = fold(plan.member_steps, selecting(database, actor, resource_type, before))
        return Outcome(_store(database, actor, resource_type, before, ResourceInput(document, None), change))

    return database.transaction(work)


def _patched(actor: Actor, resource_type: ResourceType, before: Stored, plan: Plan) -> dict[str, Any]:
    if not plan.edits:
        return before.document
    document, touched = apply_edits(before.document, plan.edits, resource_type)
    check_removed_active(before.document, document, actor.policy)
    return validate_touched(resource_type, document, touched, actor.limits)


def remove(database: Database, actor: Actor, resource_type: ResourceType, ident: str, conditions: Conditions) -> None:
    """Delete a resource. A user keeps a closed tombstone that an administrator can restore. Raises 404 and 412."""

    def work() -> None:
        before = _fetch_for_change(database, actor, resource_type, ident, conditions)
        if resource_type.attribute("active"):
            resources.close(database, before)
        else:
            resources.remove(database, before)
        events = [Event(f"{before.type.lower()}.deleted", before.id)] if before.living else []
        journal.append(database, actor.scope, actor.request_id, events)

    database.transaction(work)


def _keeping(before: Stored, document: dict[str, Any], *kept: str) -> dict[str, Any]:
    """Return a document with those attributes of the stored one that were not sent.

    A new one: a transaction may run twice, and what it finds stored the second time may differ.
    """
    return {name: before.document[name] for name in kept if name in before.document} | document


def _read(actor: Actor, resource_type: ResourceType, body: dict[str, Any]) -> ResourceInput:
    unknown_extensions = actor.policy.unknown_extensions
    return read_resource(resource_type, body, unknown_extensions=unknown_extensions, limits=actor.limits)


def _fetch_for_change(
    database: Database, actor: Actor, resource_type: ResourceType, ident: str, conditions: Conditions
) -> Stored:
    stored = resources.fetch_for_change(database, actor.scope, resource_type, ident)
    if stored is None:
        raise not_found(resource_type, ident)
    conditions.check_change(stored.version)
    return stored


def _store(
    database: Database,
    actor: Actor,
    resource_type: ResourceType,
    before: Stored,
    sent: ResourceInput,
    change: MemberChange | None = None,
) -> Stored:
    """Store what changed, and its events; what changes nothing leaves version and lastModified alone."""
    if sent.members is not None:
        change = MemberChange(replace=dict.fromkeys(sent.members))
    applied = change_members(database, actor, before, change) if change else None
    after = before
    if sent.document != before.document:
        names.claim(database, actor, resource_type, before, sent.document)
        with names.refusing_taken(resource_type, sent.document):
            after = resources.save(database, before, resource_type, sent.document, state_of(sent.document))
    elif applied:
        after = resources.touch(database, before)
    event = change_event(before, after)
    events = ([event] if event else []) + (membership_events(after, applied) if applied else [])
    journal.append(database, actor.scope, actor.request_id, events)
    return after
