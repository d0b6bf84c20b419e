"""A POST that means somebody made by hand: it is refused, and proposed to an administrator where the connection asks.

Nothing that an identity provider sends links an account by itself (product.md, section 4).
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from optiid.scim.errors import ScimError
from optiid.services import journal
from optiid.storage import adoptions, ownership, resources
from optiid.storage.audit import Act
from optiid.storage.journal import Event
from optiid.storage.keys import name_column

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optiid.scim.resource_types import ResourceType
    from optiid.services.actor import Actor
    from optiid.storage.adoptions import Candidate
    from optiid.storage.database import Database
    from optiid.storage.resources import Stored


@contextmanager
def proposing(
    database: Database, actor: Actor, resource_type: ResourceType, document: dict[str, Any]
) -> Iterator[None]:
    """Refuse a creation that means somebody made by hand, with a text that says so; around the whole transaction.

    Where the connection asks for adoption, the pair is proposed once. Raises uniqueness.
    """
    for stored in _alike(database, actor, resource_type, document):
        raise _refusal(database, actor, resource_type, stored, document)
    try:
        yield
    except ScimError as error:
        holder = _holder(database, actor, resource_type, document) if error.scim_type == "uniqueness" else None
        if holder is None:
            raise
        raise _refusal(database, actor, resource_type, holder, document) from error


def _alike(database: Database, actor: Actor, resource_type: ResourceType, document: dict[str, Any]) -> list[Stored]:
    """Return who shares the further attribute that the connection matches by, unless that was refused once."""
    scope, path = actor.owner, actor.policy.adopt_match
    if actor.policy.adopt == "never" or path == "name" or scope.connection == scope.organization:
        return []
    name = document[resource_type.name_attribute]

    def look() -> list[Stored]:
        if resources.id_of_name(database, actor.scope, resource_type, name) is not None:
            return []
        found = adoptions.with_value(database, scope.organization, resource_type, path, document)
        return [stored for stored in found if _state(database, actor, stored) != "refused"]

    return database.reading(look)


def _holder(database: Database, actor: Actor, resource_type: ResourceType, document: dict[str, Any]) -> Stored | None:
    """Return who is made by hand, lives and bears the name of a document."""
    organization, name = actor.owner.organization, document[resource_type.name_attribute]
    if actor.scope.connection == organization:
        return None
    found = database.reading(lambda: ownership.find_by_name(database, organization, resource_type.name, name))
    return found if found is not None and found.living and found.connection == organization else None


def _state(database: Database, actor: Actor, stored: Stored) -> str | None:
    known = adoptions.of_resource(database, stored.organization, stored.id)
    return next((one.state for one in known if one.connection == actor.owner.connection), None)


def _refusal(
    database: Database, actor: Actor, resource_type: ResourceType, stored: Stored, document: dict[str, Any]
) -> ScimError:
    kind, attribute = resource_type.name.lower(), resource_type.name_attribute
    name = document[attribute]
    if actor.policy.adopt == "never":
        return ScimError.uniqueness(
            f"{attribute} {name!r} belongs to a {kind} made by hand here, and this connection adopts nobody:"
            " an administrator of this service can rename or remove that one, or set adopt to ask"
        )
    candidate = _proposed(database, actor, resource_type, stored, document)
    if candidate.state == "refused":
        return ScimError.uniqueness(
            f"{attribute} {name!r} belongs to a {kind} made by hand here, whose adoption {candidate.id} was refused:"
            " choose another name, or ask an administrator of this service"
        )
    return ScimError.uniqueness(
        f"{attribute} {name!r} means a {kind} made by hand here: an administrator of this service has to approve"
        f" adoption {candidate.id} first, then match on {attribute}"
    )


def _proposed(
    database: Database, actor: Actor, resource_type: ResourceType, stored: Stored, document: dict[str, Any]
) -> Candidate:
    """Return the candidate of the pair, made now unless it is known."""
    connection = actor.owner.connection
    sent = resource_type.name_attribute if _bears(stored, resource_type, document) else actor.policy.adopt_match

    def work() -> Candidate:
        candidate, is_new = adoptions.propose(database, stored, connection, sent, document)
        if is_new:
            told = {"adoption": candidate.id, "connection": connection}
            event, act = Event("adoption.proposed", stored.id, told), Act("adoption.proposed", stored.id, told)
            organization = stored.organization
            journal.record(
                database, actor.author, organization, events=[event], acts=[act], connection=connection
            )  # fmt: skip
        return candidate

    return database.transaction(work)


def _bears(stored: Stored, resource_type: ResourceType, document: dict[str, Any]) -> bool:
    """Say whether what is made by hand bears the very name that was sent."""
    return name_column(document[resource_type.name_attribute]) == stored.name_key
