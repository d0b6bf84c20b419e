"""Connections: create, list, get, change state."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson

from optiid.clock import new_id, timestamp
from optiid.errors import InvalidInputError, NotFoundError
from optiid.scim.versions import Conditions
from optiid.services import journal, planned
from optiid.services.author import COMMAND_LINE
from optiid.services.organizations import checked_name
from optiid.services.relocating import check_idle
from optiid.storage import tenants
from optiid.storage.audit import Act
from optiid.storage.journal import Event

if TYPE_CHECKING:
    from optiid.profiles.profile import Profile
    from optiid.profiles.registry import ProfileRegistry
    from optiid.services.author import Author
    from optiid.storage.database import Database

ANY_VERSION = Conditions()
STATES = ("active", "paused")
STATE_ACTIONS = {"active": "connection.activated", "paused": "connection.paused"}


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
    organization: str,
    profile: Profile,
    name: str | None = None,
    settings: dict[str, Any] | None = None,
    *,
    author: Author = COMMAND_LINE,
) -> Connection:
    """Create a connection of an organization (by id). Raises InvalidInputError for settings that do not fit."""
    profile.settings(settings or {})
    made = Connection(
        new_id(),
        organization,
        profile.name,
        checked_name(name or profile.info.title),
        "active",
        settings or {},
        1,
        timestamp(),
    )
    record = {
        "id": made.id,
        "organization": organization,
        "profile": made.profile,
        "name": made.name,
        "state": made.state,
        "settings": orjson.dumps(made.settings).decode(),
        "revision": made.revision,
        "created_at": made.created_at,
    }
    told = {"profile": made.profile}

    def work() -> None:
        tenants.insert_connection(database, record)
        act = Act("connection.created", made.id, told | {"settings": sorted(made.settings)})
        _record(database, author, organization, act, told)

    database.transaction(work)
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


def change_state(database: Database, connection_id: str, state: str, *, author: Author = COMMAND_LINE) -> Connection:
    """Pause or activate a connection; one in dry run keeps its plan while it is paused.

    Raises NotFoundError, InvalidInputError, and ConflictError for a plan that somebody has to decide on first.
    """
    if state not in STATES:
        raise InvalidInputError(f"A connection can be {' or '.join(STATES)}, not {state!r}")
    found = get(database, connection_id)

    def work() -> None:
        check_idle(database, found.organization, found.id)
        if state == "active":
            planned.end_empty(database, found.organization, found.id)
        tenants.update_connection(database, found.organization, found.id, {"state": state})
        if state != found.state:
            _record(database, author, found.organization, Act(STATE_ACTIONS[state], found.id, {"from": found.state}))

    database.transaction(work)
    return get(database, connection_id)


def change_settings(
    database: Database,
    registry: ProfileRegistry,
    connection_id: str,
    changes: dict[str, Any],
    conditions: Conditions = ANY_VERSION,
    *,
    author: Author = COMMAND_LINE,
) -> Connection:
    """Change some of the profile settings of a connection; null puts a setting back to its default.

    Raises NotFoundError, ProfileUnavailableError, InvalidInputError for settings the profile does not take, and 412
    when the revision is not one that the conditions name.
    """
    known = get(database, connection_id)
    profile = registry.get(known.profile)

    def work() -> None:
        conditions.check_change(tenants.revision_for_change(database, known.organization, known.id))
        before = get(database, connection_id).settings
        settings = {name: value for name, value in (before | changes).items() if value is not None}
        profile.settings(settings)
        tenants.update_connection(database, known.organization, known.id, {"settings": orjson.dumps(settings).decode()})
        told = {"changed": sorted(name for name in changes if settings.get(name) != before.get(name))}
        if told["changed"]:
            _record(database, author, known.organization, Act("connection.changed", known.id, told), told)

    database.transaction(work)
    return get(database, connection_id)


def _record(
    database: Database, author: Author, organization: str, act: Act, payload: dict[str, Any] | None = None
) -> None:
    event = Event(act.action, act.target, payload or {})
    journal.record(database, author, organization, events=[event], acts=[act], connection=act.target)


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
