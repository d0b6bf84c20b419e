"""What becomes of users and groups whose connection is removed, a slice of them at a time: kept, or deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optiid.services import brake, extension_schemas, role_events
from optiid.services.lifecycle import change_events
from optiid.storage import holds, ownership, resources, roles

if TYPE_CHECKING:
    from collections.abc import Sequence

    from optiid.services.author import Author
    from optiid.storage.database import Database
    from optiid.storage.journal import Event
    from optiid.storage.resources import Stored


def depart(database: Database, kind: str, stored: Sequence[Stored], author: Author) -> tuple[list[Event], list[str]]:
    """Delete whoever goes with the connection, before the rest finds a new owner; return the events, and who was held.

    With `keep` these are the inactive, whom nobody would bring back: an administrator may restore them for a while.
    Holds are decided by it: whoever is deleted was released, whoever is kept was rejected.
    """
    organization = stored[0].organization
    leaving = list(stored) if kind == "delete" else [one for one in stored if not one.living]
    ownership.bury(database, organization, [one.id for one in leaving if one.type == "User"])
    groups = [one.id for one in leaving if one.type != "User"]
    ending = roles.grants_to(database, organization, groups) if groups else []
    ownership.delete(database, organization, groups)
    word = "released" if kind == "delete" else "rejected"
    settled = holds.settle(database, organization, [one.id for one in stored], word, author.by)
    events = [event for one in leaving if one.living for event in change_events(one, one._replace(state="gone"))]
    events += role_events.revoked(ending)[0] + brake.told_of(settled, word).events
    return events, [resource for _, resource in settled]


def stay(database: Database, organization: str, held: Sequence[str]) -> None:
    """Make those active whose removal was asked and held, once they have their new owner."""
    resource_type = extension_schemas.resource_types(database, organization)["User"]
    for ident in held:
        found = holds.lock(database, organization, ident)
        if found is None or not found.stored.living:
            continue
        stored = found.stored
        if found.hidden:
            _make_room(database, stored)
            holds.show(database, stored)
            stored = stored._replace(version=stored.version + 1)
        if brake.is_held(stored):
            resources.save(database, stored, resource_type, stored.document | {"active": True}, stored.state)


def _make_room(database: Database, stored: Stored) -> None:
    """Close the tombstone that bears the name of a living user, who was hidden and is shown again."""
    sharing = ownership.sharing_name(database, stored)
    if sharing is not None:
        resources.close(database, sharing)
