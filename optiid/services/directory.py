"""The directory: what an organization's products see. Whoever is gone is not listed and in no group."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from optiid.errors import NotFoundError
from optiid.scim.projection import read_projection
from optiid.scim.search_form import name_key
from optiid.services import extension_schemas
from optiid.storage import directory, ownership
from optiid.storage.roles import EVERYONE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from optiid.scim.rendering import Reference
    from optiid.storage.database import Database
    from optiid.storage.resources import Stored

Entry = dict[str, Any]


def users(database: Database, organization: str) -> list[Entry]:
    """Return the people who may come in, oldest first: id, userName, displayName, externalId, state, connection."""
    found = database.reading(lambda: directory.living(database, organization, "User"))
    return [_summary(stored, "userName") for stored in found]


def user(database: Database, organization: str, id_or_name: str) -> Entry:
    """Return one person with all attributes and groups. Raises NotFoundError."""
    stored = _find(database, organization, "User", id_or_name)
    found = database.reading(lambda: directory.groups(database, organization, stored.id))
    groups = [{"id": group.id, "displayName": group.display, "direct": group.direct} for group in found]
    # The document says what the identity provider believes; whoever is held is active here.
    active = {"active": stored.state == "living"}
    return _summary(stored, "userName") | stored.document | active | {"groups": groups}


def groups(database: Database, organization: str) -> list[Entry]:
    """Return the groups, oldest first: id, displayName, externalId, state, connection, kind (scim or custom)."""
    found = database.reading(lambda: directory.living(database, organization, "Group"))
    return [_of_group(stored) for stored in found]


def group(database: Database, organization: str, id_or_name: str) -> Entry:
    """Return one group with its living members; `Everyone` has all people. Raises NotFoundError."""
    if name_key(id_or_name.strip()) == EVERYONE:
        return _everyone(database, organization)
    stored = _find(database, organization, "Group", id_or_name)
    found = database.reading(lambda: directory.members(database, organization, stored.id))
    members = [{"id": member.id, "type": member.type, "display": member.display} for member in found]
    return _of_group(stored) | stored.document | {"members": members}


def some(database: Database, organization: str, kind: str, after: str, limit: int) -> list[Stored]:
    """Return people or groups of the directory, those whose id follows `after`, oldest first."""
    return database.reading(lambda: directory.page(database, organization, kind, after, limit))


def named(database: Database, organization: str, kind: str, name: str) -> list[Stored]:
    """Return who bears a name, whatever its case: one or none."""
    return database.reading(lambda: directory.named(database, organization, kind, name))


def one(database: Database, organization: str, kind: str, ident: str) -> Stored:
    """Return a person or group by id. Raises NotFoundError."""
    stored = database.reading(lambda: ownership.find_by_id(database, organization, ident))
    if stored is None or stored.type != kind or not stored.living:
        raise NotFoundError(f"The directory has no {kind.lower()} {ident[:64]!r}")
    return stored


def attributes(database: Database, organization: str, kind: str, documents: Sequence[Entry]) -> list[Entry]:
    """Return what of documents may be shown: nothing whose schema says that it is never returned."""
    projection = read_projection(extension_schemas.resource_types(database, organization)[kind], (), ())
    return [projection.apply(document) for document in documents]


def groups_of(database: Database, organization: str, ident: str) -> list[Reference]:
    """Return the groups that a user or group is in, directly or through others, oldest first."""
    return database.reading(lambda: directory.groups(database, organization, ident))


def members_of(database: Database, organization: str, group_id: str, after: str, limit: int) -> list[Reference]:
    """Return members of a group in the directory, those whose id follows `after`, oldest first."""
    return database.reading(lambda: directory.page_of_members(database, organization, group_id, after, limit))


def _everyone(database: Database, organization: str) -> Entry:
    """Return the one internal group: it is computed, belongs to nobody, and has whom the directory lists."""
    people = database.reading(lambda: directory.living(database, organization, "User"))
    members = [{"id": person.id, "type": "User", "display": person.display} for person in people]
    return {"id": EVERYONE, "displayName": "Everyone", "kind": "internal", "state": "living", "members": members}


def _of_group(stored: Stored) -> Entry:
    kind = "custom" if stored.connection == stored.organization else "scim"
    return _summary(stored, "displayName") | {"kind": kind}


def _find(database: Database, organization: str, kind: str, id_or_name: str) -> Stored:
    stored = database.reading(lambda: directory.find_living(database, organization, kind, id_or_name))
    if stored is None:
        raise NotFoundError(f"The directory has no {kind.lower()} {id_or_name!r}")
    return stored


def _summary(stored: Stored, name_attribute: str) -> Entry:
    return {
        "id": stored.id,
        name_attribute: stored.document[name_attribute],
        "displayName": stored.display,
        "externalId": stored.document.get("externalId"),
        "state": stored.state,
        "connection": stored.connection,
        "created_at": stored.created_at,
        "updated_at": stored.updated_at,
    }
