"""Connections: create, list, get, change state."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson

from optiid.clock import new_id, timestamp
from optiid.errors import InvalidInputError, NotFoundError
from optiid.services.organizations import checked_name
from optiid.services.relocating import check_idle
from optiid.storage import tenants

if TYPE_CHECKING:
    from optiid.profiles.registry import ProfileRegistry
    from optiid.storage.database import Database

STATES = ("active", "paused")


@dataclass(frozen=True, slots=True)
class Connection:
    """One IdP application provisioning into one organization; `revision` moves with each change."""

    id: str
    organization: str
    profile: str
    name: str
    state: str
    settings: dict[str, Any]
    revision: int
    created_at: str


def create(
    database: Database,
    registry: ProfileRegistry,
    organization: str,
    profile: str,
    name: str | None = None,
    settings: dict[str, Any] | None = None,
) -> Connection:
    """Create a connection of an organization (by id).

    Raises ProfileUnavailableError for a profile that is not there, and InvalidInputError for settings it does not take.
    """
    known = registry.get(profile)
    known.settings(settings or {})
    made = Connection(
        new_id(),
        organization,
        profile,
        checked_name(name or known.info.title),
        "active",
        settings or {},
        1,
        timestamp(),
    )
    record = {
        "id": made.id,
        "organization": organization,
        "profile": profile,
        "name": made.name,
        "state": made.state,
        "settings": orjson.dumps(made.settings).decode(),
        "revision": made.revision,
        "created_at": made.created_at,
    }
    database.transaction(lambda: tenants.insert_connection(database, record))
    return made


def list_all(database: Database, organization: str | None = None) -> list[Connection]:
    """Return the connections of an organization (by id), or all, in order of creation."""
    return [_read(record) for record in database.reading(lambda: tenants.connections(database, organization))]


def get(database: Database, connection_id: str) -> Connection:
    """Return a connection. Raises NotFoundError."""
    record = database.reading(lambda: tenants.find_connection(database, connection_id))
    if record is None:
        raise NotFoundError(f"There is no connection {connection_id!r}; `optiid connection list` shows them")
    return _read(record)


def change_state(database: Database, connection_id: str, state: str) -> Connection:
    """Pause or activate a connection. Raises NotFoundError and InvalidInputError."""
    if state not in STATES:
        raise InvalidInputError(f"A connection can be {' or '.join(STATES)}, not {state!r}")
    found = get(database, connection_id)

    def work() -> None:
        check_idle(database, found.organization, found.id)
        tenants.update_connection(database, found.organization, found.id, {"state": state})

    database.transaction(work)
    return get(database, connection_id)


def change_settings(
    database: Database, registry: ProfileRegistry, connection_id: str, changes: dict[str, Any]
) -> Connection:
    """Change some of the profile settings of a connection; null puts a setting back to its default.

    Raises NotFoundError, ProfileUnavailableError, and InvalidInputError for settings the profile does not take.
    """
    found = get(database, connection_id)
    settings = {name: value for name, value in (found.settings | changes).items() if value is not None}
    registry.get(found.profile).settings(settings)
    change = {"settings": orjson.dumps(settings).decode()}
    database.transaction(lambda: tenants.update_connection(database, found.organization, found.id, change))
    return get(database, connection_id)


def _read(record: dict[str, Any]) -> Connection:
    return Connection(
        record["id"],
        record["organization"],
        record["profile"],
        record["name"],
        record["state"],
        orjson.loads(record["settings"]),
        record["revision"],
        record["created_at"],
    )
