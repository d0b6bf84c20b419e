"""Create, replace, patch and remove resources: one function per use case, one transaction each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from optiid.scim.immutability import keeping_fixed
from optiid.scim.patch.engine import apply_edits
from optiid.scim.patch.members import fold
from optiid.scim.patch.planner import Plan, plan_patch
from optiid.scim.validation import ResourceInput, validate_touched
from optiid.services import acts
from optiid.services.adopting import proposing
from optiid.services.group_removal import remove_group
from optiid.services.lifecycle import change_events, check_removed_active
from optiid.services.membership import selecting
from optiid.services.storing import (
    Outcome,
    committed,
    delete,
    fetch_for_change,
    keeping,
    make,
    read_input,
    read_new,
    store,
)

if TYPE_CHECKING:
    from optiid.scim.patch.operations import PatchOperation
    from optiid.scim.resource_types import ResourceType
    from optiid.scim.versions import Conditions
    from optiid.services.actor import Actor
    from optiid.storage.database import Database
    from optiid.storage.resources import Stored


def create(database: Database, actor: Actor, resource_type: ResourceType, body: dict[str, Any]) -> Outcome:
    """Create a resource, or revive the tombstone that has its name. Raises uniqueness, invalidValue, invalidSyntax."""
    sent = read_new(actor, resource_type, body)
    with proposing(database, actor, resource_type, sent.document):
        return committed(database, actor, lambda: make(database, actor, resource_type, sent))


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
    sent = read_input(actor, resource_type, body)

    def work() -> Outcome:
        before = fetch_for_change(database, actor, resource_type, ident, conditions)
        document = keeping(before, sent.document, "active", "externalId")
        document = keeping_fixed(resource_type, before.document, document)
        return store(database, actor, resource_type, before, ResourceInput(document, sent.members))

    return committed(database, actor, work)


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
        before = fetch_for_change(database, actor, resource_type, ident, conditions)
        document = _patched(actor, resource_type, before, plan)
        change = fold(plan.member_steps, selecting(database, actor, resource_type, before))
        return store(database, actor, resource_type, before, ResourceInput(document, None), change)

    return committed(database, actor, work)


def _patched(actor: Actor, resource_type: ResourceType, before: Stored, plan: Plan) -> dict[str, Any]:
    if not plan.edits:
        return before.document
    document, touched = apply_edits(before.document, plan.edits, resource_type)
    check_removed_active(before.document, document, actor.policy)
    return validate_touched(resource_type, document, touched, actor.limits)


def remove(
    database: Database, actor: Actor, resource_type: ResourceType, ident: str, conditions: Conditions
) -> Outcome:
    """Delete a resource. A user keeps a closed tombstone that an administrator can restore. Raises 404 and 412."""

    def work() -> Outcome:
        before = fetch_for_change(database, actor, resource_type, ident, conditions)
        if resource_type.attribute("active"):
            return delete(database, actor, before)
        events, ending = remove_group(database, before)
        told = (acts.removal(before), *ending)
        return Outcome(before, events + change_events(before, before._replace(state="gone")), acts=told, before=before)

    return committed(database, actor, work)
