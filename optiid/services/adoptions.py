"""What connections could adopt, as administrators see and decide it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from optiid.errors import ConflictError, NotFoundError, OutdatedError
from optiid.services import connections, extension_schemas, journal, names, organization_rules, teams
from optiid.services.author import COMMAND_LINE, Author
from optiid.services.hand_made import for_administrators
from optiid.services.handing_over import Route, hand_over
from optiid.services.lifecycle import change_events, changed_attributes
from optiid.storage import adoptions, ownership, resources, roles
from optiid.storage.audit import Act
from optiid.storage.keys import name_column
from optiid.storage.resources import NameTakenError, Scope, ValueTakenError

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from optiid.scim.resource_types import ResourceType
    from optiid.services.rules import Rules
    from optiid.storage.adoptions import Candidate
    from optiid.storage.database import Database
    from optiid.storage.journal import Event
    from optiid.storage.resources import Stored


@dataclass(frozen=True, slots=True)
class Preview:
    """Both sides of an adoption: what is stored here, and what the identity provider sent last.

    `differing` names attributes; `renamed_to` is the name that an approval gives, where the one sent differs.
    `leaving` are members of a group who belong to another owner and would leave it; `closing` are tombstones of the
    connection that bear the name; `roles` is what it was granted, `instance:role`: the identity provider decides from
    then on who of its own has that through a group. `seen` stands for all that the identity provider decides of it.
    """

    id: str
    organization: str
    connection: str
    resource: str
    type: str
    state: str
    matched_by: str
    created_at: str
    here: dict[str, Any]
    sent: dict[str, Any]
    differing: list[str]
    renamed_to: str | None
    leaving: list[str]
    closing: list[str]
    roles: list[str]
    seen: str


@dataclass(frozen=True, slots=True)
class Decision:
    """What became of one of several adoptions; `reason` says why it was not approved."""

    id: str
    type: str
    resource: str
    approved: bool
    reason: str


def list_all(database: Database, organization: str) -> list[Candidate]:
    """Return what connections of an organization (by id) could adopt, or were refused, oldest first."""
    return database.reading(lambda: [one for one in adoptions.of_organization(database, organization) if _is_open(
        database, one)])  # fmt: skip


def show(database: Database, ident: str, organization: str | None = None) -> Preview:
    """Return both sides of an adoption. Raises NotFoundError, with an organization also for that of another one."""
    return database.reading(lambda: _preview(database, *_found(database, ident, organization)))


def waiting(database: Database, connection_id: str) -> list[str]:
    """Return the ids of what a connection could adopt and nobody has decided. Raises NotFoundError."""
    found = connections.get(database, connection_id)
    return [
        one.id
        for one in list_all(database, found.organization)
        if one.connection == found.id and one.state == "proposed"
    ]


def approve_some(
    database: Database, idents: Sequence[str], seen: Collection[str], *, author: Author = COMMAND_LINE
) -> list[Decision]:
    """Approve those of several adoptions that are as they were seen, each by itself; none keeps another from it.

    Users come before groups, which keep only members of their owner. Raises NotFoundError for what is none, and then
    approves nothing.
    """
    chosen = sorted(
        (show(database, ident) for ident in dict.fromkeys(idents)), key=lambda one: (one.type != "User", one.id)
    )
    decided = []
    for one in chosen:
        reason = ""
        try:
            approve(database, one.id, seen, author=author)
        except (ConflictError, NotFoundError) as error:
            reason = str(error)
        decided.append(Decision(one.id, one.type, one.resource, not reason, reason))
    return decided


def approve(database: Database, ident: str, seen: Collection[str], *, author: Author = COMMAND_LINE) -> Stored:
    """Give what was made by hand to the connection that asked for it, under the same id; it bears the name sent.

    The identity provider finds it by its look-up from then on. Raises NotFoundError, ConflictError, and OutdatedError
    when `seen` does not name it: until the approval the identity provider can send something else.
    """
    candidate = database.reading(lambda: _found(database, ident))[0]
    organization = candidate.organization
    resource_type = _type_of(database, candidate)
    rules = organization_rules.of_organization(database, organization)

    def work() -> Stored:
        known, stored = _found(database, ident)
        if known.seen not in seen:
            raise OutdatedError(f"Adoption {known.id} is not as it was seen: look at it again, and name its new `seen`")
        _check_is_open(known)
        route = Route(organization, organization, known.connection)
        adoptions.forget(database, organization, stored.id)
        with for_administrators():
            moved, events = hand_over(database, route, [stored.id], whole=False)
        if not moved:
            raise NotFoundError(f"{stored.type} {stored.id} was removed meanwhile")
        before = ownership.lock(database, organization, [stored.id])[0]
        after = _renamed(database, rules, resource_type, before, known)
        names.claim_everywhere(database, rules, before, after)
        events += change_events(before, after)
        _record(database, author, "adoption.approved", known, events)
        return after

    return database.transaction(work)


def refuse(database: Database, ident: str, *, author: Author = COMMAND_LINE) -> None:
    """Refuse an adoption for good; what was sent is forgotten. Raises NotFoundError and ConflictError."""

    def work() -> None:
        candidate, _ = _found(database, ident)
        if candidate.state != "refused":
            adoptions.refuse(database, candidate)
            _record(database, author, "adoption.refused", candidate, [])

    database.transaction(work)


def _record(database: Database, author: Author, action: str, candidate: Candidate, events: list[Event]) -> None:
    act = Act(action, candidate.resource, {"adoption": candidate.id, "connection": candidate.connection})
    journal.record(
        database, author, candidate.organization, events=events, acts=[act], connection=candidate.connection
    )  # fmt: skip


def _found(database: Database, ident: str, organization: str | None = None) -> tuple[Candidate, Stored]:
    """Return a candidate and what it is about. Raises NotFoundError, also when that is not made by hand any more.

    What is another organization's takes no more work than what there is not.
    """
    candidate = adoptions.find(database, ident)
    if candidate is not None and organization not in (None, candidate.organization):
        candidate = None
    stored = None
    if candidate is not None:
        stored = ownership.find_by_id(database, candidate.organization, candidate.resource)
    if candidate is None or stored is None or not stored.living or stored.connection != stored.organization:
        raise NotFoundError(f"There is no adoption {ident[:64]!r} to decide; `optiid adoption list` shows them")
    return candidate, stored


def _is_open(database: Database, candidate: Candidate) -> bool:
    stored = ownership.find_by_id(database, candidate.organization, candidate.resource)
    return stored is not None and stored.living and stored.connection == stored.organization


def _check_is_open(candidate: Candidate) -> None:
    if candidate.state == "refused" and candidate.matched_by not in ("userName", "displayName"):
        raise ConflictError(
            f"Adoption {candidate.id} was refused on {(candidate.decided_at or '')[:10]}, and its identity provider may"
            " have created another one since: rename this one, or remove it"
        )


def _type_of(database: Database, candidate: Candidate) -> ResourceType:
    _, stored = database.reading(lambda: _found(database, candidate.id))
    return extension_schemas.resource_types(database, candidate.organization)[stored.type]


def _preview(database: Database, candidate: Candidate, stored: Stored) -> Preview:
    organization, target = candidate.organization, candidate.connection
    closing = [holder.id for _, holder in ownership.clashes(database, [stored], target)]
    granted = roles.grants_to(database, organization, [stored.id])
    leaving = [member for _, member in ownership.spanning(database, organization, [stored.id], target)]
    return Preview(
        candidate.id, organization, target, stored.id, stored.type, candidate.state, candidate.matched_by,
        candidate.created_at, stored.document, candidate.document,
        changed_attributes(stored.document, candidate.document) if candidate.document else [],
        _new_name(stored, candidate), leaving, closing, [f"{one.instance}:{one.role}" for one in granted],
        candidate.seen,
    )  # fmt: skip


def _new_name(stored: Stored, candidate: Candidate) -> str | None:
    attribute = "userName" if stored.type == "User" else "displayName"
    sent = candidate.document.get(attribute)
    return sent if sent is not None and name_column(sent) != stored.name_key else None


def _renamed(
    database: Database, rules: Rules, resource_type: ResourceType, before: Stored, candidate: Candidate
) -> Stored:
    """Give the name that was sent: the identity provider looks for that one. Raises ConflictError when it is taken."""
    name = _new_name(before, candidate)
    if name is None:
        return before
    if resource_type.attribute("members") and rules.is_system_group(name):
        raise ConflictError(f"{name!r} is a system group: give the group another name in its identity provider")
    scope = Scope(before.organization, before.connection)
    holder = resources.find_by_name(database, scope, resource_type, name)
    if holder is not None and not holder.living:
        resources.close(database, holder)
    with for_administrators():
        document = teams.with_suffix(database, before, before.document | {resource_type.name_attribute: name})
    try:
        return resources.save(database, before, resource_type, document, before.state)
    except (NameTakenError, ValueTakenError) as error:
        raise ConflictError(
            f"{resource_type.name_attribute} {name!r} belongs to another {before.type.lower()} by now: rename that one"
        ) from error
