"""The directory: what an organization's products see. Whoever is gone is not listed and in no group."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from optiid.errors import NotFoundError
from optiid.storage import directory

if TYPE_CHECKING:
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
    """Return the groups, oldest first: id, displayName, externalId, state, connection."""
    found = database.reading(lambda: directory.living(database, organization, "Group"))
    return [_summary(stored, "displayName") for stored in found]


def group(database: Database, organization: str, id_or_name: str) -> Entry:
    """Return one group with its living members. Raises NotFoundError."""
    stored = _find(database, organization, "Group", id_or_name)
    found = database.reading(lambda: directory.members(database, organization, stored.id))
    members = [{"id": member.id, "type": member.type, "display": member.display} for member in found]
    return _summary(stored, "displayName") | stored.document | {"members": members}


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
