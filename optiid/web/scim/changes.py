"""One write, whether it came as a request of its own or inside a bulk: the profile, the use case, the answer."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from optiid.clock import is_own_form
from optiid.profiles.types import Answer
from optiid.scim.patch.operations import read_operations
from optiid.scim.rendering import location_of, render
from optiid.scim.versions import Conditions, entity_tag
from optiid.services import reading, writing
from optiid.services.together import Part, create_together, part_of
from optiid.web.scim import logbook
from optiid.web.scim.respond import documents

if TYPE_CHECKING:
    from collections.abc import Mapping

    from optiid.scim.projection import Projection
    from optiid.scim.resource_types import ResourceType
    from optiid.services.logbook import Line
    from optiid.services.storing import Outcome
    from optiid.web.scim.call import Call

# What hooks are told of each method.
OPERATIONS = {"POST": "create", "PUT": "replace", "PATCH": "patch", "DELETE": "delete"}


@dataclass(frozen=True, slots=True)
class Change:
    """A write as it was asked for; without a projection no representation is wanted in return.

    `names_attributes`: the client said which attributes it wants. `line` is what the logbook tells of it.
    """

    method: str
    resource_type: ResourceType
    ident: str
    body: dict[str, Any]
    conditions: Conditions = field(default_factory=Conditions)
    projection: Projection | None = None
    names_attributes: bool = False
    line: Line | None = None


def checked_id(resource_type: ResourceType, ident: str) -> str:
    """Return an id from a URL. Raises 404 for what cannot be one, which so never reaches the database."""
    if not is_own_form(ident):
        raise reading.not_found(resource_type, ident)
    return ident


def carry_out(call: Call, change: Change) -> Outcome:
    """Let the profile make the write lawful, and do it."""
    database, resource_type = call.service.database, change.resource_type
    actor = call.actor(change.line, tells_groups=_tells_groups(call, change))
    if change.method == "POST":
        return writing.create(database, actor, resource_type, _normalised(call, change))
    if change.method == "PUT":
        body, ident = _normalised(call, change), checked_id(resource_type, change.ident)
        return writing.replace(database, actor, resource_type, ident, body, change.conditions)
    if change.method == "PATCH":
        sent = read_operations(change.body, call.service.settings.patch_operations)
        operations = call.bound.profile.normalise_patch(sent, call.context("patch", resource_type))
        logbook.note_meant(call, change.line, sent, operations)
        ident = checked_id(resource_type, change.ident)
        return writing.patch(database, actor, resource_type, ident, operations, change.conditions)
    return writing.remove(database, actor, resource_type, checked_id(resource_type, change.ident), change.conditions)


def carry_out_together(call: Call, changes: Mapping[str, Change]) -> list[Outcome]:
    """Create resources that refer to each other; each change stands under the stand-in of its id.

    Raises PartFailedError and UnavailableError.
    """
    parts = []
    for position, (stand_in, change) in enumerate(changes.items()):
        with part_of(position):
            parts.append(Part(stand_in, change.resource_type, _normalised(call, change), change.line))
    return create_together(call.service.database, call.actor(), parts)


def _normalised(call: Call, change: Change) -> dict[str, Any]:
    context = call.context(OPERATIONS[change.method], change.resource_type)
    meant = call.bound.profile.normalise_resource(change.body, context)
    logbook.note_meant(call, change.line, change.body, meant)
    return meant


def tell(call: Call, change: Change, outcome: Outcome) -> Answer:
    """Return the answer to a write, as the profile shapes it.

    A group that somebody else has changed meanwhile is answered as it is now, with that version. Raises
    TooManyMembersError, and 404 when it was removed.
    """
    context = call.context(OPERATIONS[change.method], change.resource_type)
    try:
        made = _answer(call, change, outcome)
    except reading.MovedError:
        made = reading.of_one_moment(call.service.database, lambda: _answer(call, change, _later(call, outcome)))
    return call.bound.profile.shape_response(made, context)


def _later(call: Call, outcome: Outcome) -> Outcome:
    """Return an outcome with what has become of the resource since then. Raises 404."""
    resource_type = call.resource_types[outcome.stored.type]
    return outcome._replace(
        stored=reading.get(call.service.database, call.caller.plane, resource_type, outcome.stored.id)
    )


def told_of(call: Call, change: Change, outcome: Outcome) -> tuple[int, dict[str, str]]:
    """Return status and headers of the answer to a write that left a resource."""
    headers = {"ETag": entity_tag(outcome.stored.version)}
    if outcome.created:
        headers["Location"] = location_of(change.resource_type, outcome.stored.id, call.base_url)
    return (201 if outcome.created else 200), headers


def _answer(call: Call, change: Change, outcome: Outcome) -> Answer:
    if change.method == "DELETE":
        return Answer(204, None, {})
    status, headers = told_of(call, change, outcome)
    if change.projection is None:
        return Answer(status, None, headers)
    if not (_answers_users_body(call, change) and _answers_groups_body(call, change, change.projection, outcome)):
        return Answer(204, None, headers)
    return Answer(status, _representation(call, change.resource_type, outcome, change.projection), headers)


def _tells_groups(call: Call, change: Change) -> bool:
    """Say whether the answer to a write will have the groups of a user."""
    return (
        change.projection is not None
        and change.method != "DELETE"
        and change.resource_type.attribute("groups") is not None
        and change.projection.wants("groups")
        and _answers_users_body(call, change)
    )


def _answers_users_body(call: Call, change: Change) -> bool:
    """Say whether a write is answered with the resource, at least that of a user: a PATCH may prefer not to be."""
    return change.method != "PATCH" or change.names_attributes or call.bound.policy.patch_answer != "nothing"


def _answers_groups_body(call: Call, change: Change, projection: Projection, outcome: Outcome) -> bool:
    """Say whether a write may be answered with a resource as large as it is.

    A PATCH of a large group is not, unless attributes are asked for: what one change costs must not depend on how many
    members there are.
    """
    if change.method != "PATCH" or change.names_attributes:
        return True
    if not change.resource_type.attribute("members") or not projection.wants("members"):
        return True
    if call.bound.policy.group_patch_answer == "nothing":
        return False
    return reading.is_small_group(call.service.database, call.caller.plane, outcome.stored.id)


def _representation(
    call: Call, resource_type: ResourceType, outcome: Outcome, projection: Projection
) -> dict[str, Any]:
    if outcome.fresh or outcome.groups is not None:
        return projection.apply(render(outcome.stored, resource_type, call.base_url, outcome.groups or ()))
    return documents(call, resource_type, [outcome.stored], projection)[0]
