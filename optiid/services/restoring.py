"""Bring back people who were deactivated or deleted, as an administrator's act (product.md, section 3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from optiid.errors import ConflictError, NotFoundError
from optiid.services import brake, extension_schemas, journal, names, organization_rules
from optiid.services.author import COMMAND_LINE
from optiid.services.lifecycle import change_events
from optiid.services.planned import check_no_plan
from optiid.storage import holds, resources, tombstones
from optiid.storage.audit import Act
from optiid.storage.resources import NameTakenError, Scope, ValueTakenError

if TYPE_CHECKING:
    from optiid.scim.resource_types import ResourceType
    from optiid.services.author import Author
    from optiid.services.rules import Rules
    from optiid.storage.database import Database
    from optiid.storage.resources import Stored
    from optiid.storage.tombstones import Tombstone


def list_some(database: Database, organization: str, after: str = "", limit: int = 200) -> list[dict[str, Any]]:
    """Return users who are out of the directory or suspended, those whose id follows `after`.

    Each with id, userName, state, connection, and when the identity provider deleted it, None while it knows it.
    """
    found = database.reading(lambda: tombstones.page(database, organization, after, limit))
    return [
        {
            "id": one.stored.id,
            "userName": one.stored.document["userName"],
            "state": one.stored.state,
            "connection": one.stored.connection,
            "deleted_at": one.removed_at,
        }
        for one in found
    ]


def find_one(database: Database, organization: str, id_or_name: str) -> Tombstone:
    """Return the one who is meant, and hold the row. Raises NotFoundError, and ConflictError for a name of several."""
    found = tombstones.find(database, organization, id_or_name)
    if not found:
        raise NotFoundError(
            f"Nobody {id_or_name[:80]!r} is deactivated or deleted here; a purged user is gone for good"
        )
    if len(found) > 1:
        idents = ", ".join(one.stored.id for one in found[:5])
        raise ConflictError(f"{len(found)} users bore the name {id_or_name[:80]!r}: name one by its id ({idents})")
    return found[0]


def restore(database: Database, organization: str, id_or_name: str, *, author: Author = COMMAND_LINE) -> Stored:
    """Make a user active again, under the same id and in the same groups; the identity provider sees it, too.

    Raises NotFoundError, and ConflictError when somebody else has the name, or another unique value, by now.
    """
    rules = organization_rules.of_organization(database, organization)
    resource_type = extension_schemas.resource_types(database, organization)["User"]

    def work() -> Stored:
        found = find_one(database, organization, id_or_name)
        check_no_plan(database, organization, found.stored.connection)
        after = _reopened(database, rules, resource_type, found)
        act = Act("user.restored", after.id, {"connection": after.connection})
        # Of somebody suspended the deletion may be held: that is decided by it.
        told = brake.told_of(holds.settle(database, organization, [after.id], "rejected", author.by), "rejected")
        told += brake.Told(change_events(found.stored, after), [act])
        journal.record(database, author, organization, events=told.events, acts=told.acts, connection=after.connection)
        return after

    return database.transaction(work)


def _reopened(database: Database, rules: Rules, resource_type: ResourceType, found: Tombstone) -> Stored:
    before = found.stored
    name = before.document["userName"]
    scope = Scope(before.organization, before.connection)
    holder = resources.find_by_name(database, scope, resource_type, name)
    if holder is not None and holder.id != before.id:
        if holder.active or holder.living:
            raise _taken(name)
        resources.close(database, holder)
    try:
        if found.removed_at is not None:
            tombstones.reopen(database, before)
        after = resources.save(database, before, resource_type, before.document | {"active": True}, "living")
        names.claim_everywhere(database, rules, before, after)
    except NameTakenError as error:
        raise _taken(name) from error
    except ValueTakenError as error:
        raise ConflictError(f"{error.path} {error.value[:80]!r} belongs to another user by now") from error
    return after


def _taken(name: str) -> ConflictError:
    return ConflictError(
        f"The userName {name[:80]!r} belongs to a living user by now: rename or remove that one first, then restore"
    )
