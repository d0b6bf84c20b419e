"""What the brake holds, as administrators see and decide it: released, it happens now; rejected, the user stays."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from optiid.errors import ConflictError, NotFoundError
from optiid.services import bound_profiles, brake, extension_schemas, journal, names, organization_rules
from optiid.services.author import COMMAND_LINE
from optiid.services.lifecycle import ERASED, change_events, settle
from optiid.services.planned import check_no_plan
from optiid.storage import holds, list_counts, resources, roles
from optiid.storage.holds import Hold
from optiid.storage.resources import NameTakenError, Stored, ValueTakenError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from optiid.profiles.registry import ProfileRegistry
    from optiid.scim.resource_types import ResourceType
    from optiid.services.actor import Policy
    from optiid.services.author import Author
    from optiid.storage.database import Database
    from optiid.storage.holds import Held
    from optiid.storage.journal import Event

__all__ = [
    "Hold", "Settled", "Waiting", "each", "list_some", "open_of", "reject", "release", "show", "waiting",
]  # fmt: skip

SLICE = 200


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of several holds: those that are settled now, and why others are not."""

    done: list[Hold] = field(default_factory=list)
    refused: list[tuple[Hold, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many removals of a connection wait for an administrator, and since when."""

    connection: str
    number: int
    since: str


def list_some(
    database: Database,
    organization: str,
    connection: str | None = None,
    after: str = "",
    limit: int = SLICE,
    *,
    settled: bool = False,
) -> list[Hold]:
    """Return the open holds of an organization (by id) whose id follows `after`, oldest first; `settled` ones, too."""
    page = holds.page_of_all if settled else holds.page
    return database.reading(lambda: page(database, organization, connection, after, limit))


def waiting(database: Database, organization: str) -> list[Waiting]:
    """Return the connections of an organization (by id) that have open holds."""
    return database.reading(lambda: [Waiting(*row) for row in holds.counts(database, organization)])


def show(database: Database, organization: str, ident: str) -> Hold:
    """Return one hold. Raises NotFoundError."""
    found = database.reading(lambda: holds.find(database, organization, ident))
    if found is None:
        raise NotFoundError(f"The organization has no hold {ident[:64]!r}: list them to see what waits")
    return found


def release(
    database: Database, registry: ProfileRegistry, organization: str, ident: str, *, author: Author = COMMAND_LINE
) -> Hold:
    """Do now what was held, under the connection's present policy, and return the hold.

    Raises NotFoundError, ConflictError for a settled hold and for the last administrator, and
    ProfileUnavailableError when the connection's policy cannot be told.
    """
    rules = organization_rules.of_organization(database, organization)
    connection = show(database, organization, ident).connection
    policy = bound_profiles.policy_of(database, registry, organization, connection)
    resource_type = extension_schemas.resource_types(database, organization)["User"]

    def remove(held: Held, hold: Hold) -> tuple[Stored, list[Event]]:
        stored = held.stored
        if not stored.living:  # somebody else has done it meanwhile, by an import
            return stored, []
        if roles.is_last_administrator(database, organization, stored.id):
            raise ConflictError(
                f"User {stored.id} still is the last administrator: give somebody else that role first, then release"
            )
        if held.hidden:  # it is on no list of its connection already
            list_counts.forget(database, organization)
        after = _removed(database, policy, resource_type, hold, stored)
        names.claim_everywhere(database, rules, stored, after)
        return after, change_events(stored, after)

    return _settle(database, organization, ident, "released", author, remove)


def reject(database: Database, organization: str, ident: str, *, author: Author = COMMAND_LINE) -> Hold:
    """Let the user stay, active for the identity provider again under the same id, and return the hold.

    Raises NotFoundError, ConflictError for a settled hold, and when another bears the name at the connection by now.
    """
    resource_type = extension_schemas.resource_types(database, organization)["User"]

    def keep(held: Held, _: Hold) -> tuple[Stored, list[Event]]:
        stored = held.stored
        try:
            if held.hidden:
                holds.show(database, stored)
                stored = stored._replace(version=stored.version + 1)
            if brake.is_held(stored):
                document = stored.document | {"active": True}
                stored = resources.save(database, stored, resource_type, document, stored.state)
        except (NameTakenError, ValueTakenError) as error:
            raise ConflictError(
                f"Another user bears the name {stored.document['userName'][:80]!r} at connection {stored.connection}"
                " by now: rename or remove that one first, then reject"
            ) from error
        return stored, []

    return _settle(database, organization, ident, "rejected", author, keep)


def each(chosen: Iterable[Hold], decide: Callable[[Hold], Hold]) -> Settled:
    """Settle holds one by one, each in a transaction of its own; one that is refused keeps no other from it."""
    made = Settled()
    for hold in chosen:
        try:
            made.done.append(decide(hold))
        except (ConflictError, NotFoundError) as error:
            made.refused.append((hold, str(error)))
    return made


def open_of(database: Database, organization: str, connection: str) -> Iterator[Hold]:
    """Yield all open holds of a connection, oldest first, in slices: they may be settled meanwhile."""
    after = ""
    while found := list_some(database, organization, connection, after):
        yield from found
        after = found[-1].id


def _removed(database: Database, policy: Policy, resource_type: ResourceType, hold: Hold, stored: Stored) -> Stored:
    """Take a held user out of the directory as asked, under the connection's policy of today; return what is left."""
    state = settle(policy, None, {"active": False})
    if hold.asked == "delete" or (hold.asked == "erase" and state != ERASED):
        resources.close(database, stored)
        return stored._replace(state="gone")
    if state == ERASED:
        resources.remove(database, stored)
        return stored._replace(active=False, state="gone")
    return resources.save(database, stored, resource_type, stored.document | {"active": False}, state)


def _settle(
    database: Database,
    organization: str,
    ident: str,
    state: str,
    author: Author,
    act: Callable[[Held, Hold], tuple[Stored, list[Event]]],
) -> Hold:
    """Do what `act` does to the user of a hold, and end it in the same transaction."""
    resource = show(database, organization, ident).resource

    def work() -> Hold:
        # The resource first, as everywhere: whoever changes a user and a hold queues at the user.
        held = holds.lock(database, organization, resource)
        hold = show(database, organization, ident)
        if hold.state != "open" or held is None:
            raise ConflictError(f"Hold {ident} was {hold.state} already, by {hold.settled_by}")
        check_no_plan(database, organization, held.stored.connection)
        _, events = act(held, hold)
        told = brake.told_of(holds.settle(database, organization, [resource], state, author.by), state)
        journal.record(
            database, author, organization, events=told.events + events, acts=told.acts, connection=hold.connection
        )
        return show(database, organization, ident)

    return database.transaction(work)
