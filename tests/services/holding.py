"""A connection whose every removal is held, and what administrators do about it."""

from __future__ import annotations

from typing import Any

from optiid.clock import new_id
from optiid.services import connections, directory, holds
from optiid.storage import roles
from optiid.storage.products import ADMIN_CENTER, ADMINISTRATOR
from optiid.storage.roles import Grant
from tests.events import directory_events

INACTIVE = {"op": "replace", "path": "active", "value": False}
# Nobody goes without a decision.
SHUT = {"brake_users": 0, "brake_percent": 0}


class Company:
    """A connection of an organization, all of whose removals are held."""

    def __init__(self, service: Any, **settings: Any) -> None:
        self.service, self.database = service, service.database
        self.registry = service.service.profiles.registry
        self.scim = service.scim(settings=SHUT | settings)
        self.organization, self.connection = self.scim.connected.organization, self.scim.connected.connection

    def held(self, how: str = "deactivate", name: str | None = None) -> tuple[str, str]:
        """Return a user whose removal is held, and the hold."""
        ident = self.scim.a_user(name)["id"]
        return ident, self.remove(ident, how)

    def remove(self, ident: str, how: str = "deactivate") -> str:
        self.scim.delete(f"/Users/{ident}") if how == "delete" else self.scim.patch(f"/Users/{ident}", INACTIVE)
        return str(next(one.id for one in self.open() if one.resource == ident))

    def open(self) -> list[Any]:
        return holds.list_some(self.database, self.organization)

    def release(self, hold: str) -> Any:
        return holds.release(self.database, self.registry, self.organization, hold)

    def reject(self, hold: str) -> Any:
        return holds.reject(self.database, self.organization, hold)

    def states(self) -> dict[str, str]:
        return {user["id"]: user["state"] for user in directory.users(self.database, self.organization)}

    def kinds(self) -> list[str]:
        found = directory_events(self.database, self.organization)
        return [event["kind"] for event in found]

    def acts(self) -> list[tuple[str, str, str]]:
        sql = "SELECT action, target, author FROM audit_entry WHERE organization = ? ORDER BY sequence"
        return self.database.reading(lambda: self.database.rows(sql, (self.organization,)))  # type: ignore[no-any-return]

    def make_administrator(self, subject: str) -> None:
        grant = Grant(new_id(), ADMIN_CENTER, ADMIN_CENTER, ADMINISTRATOR, subject, "")
        self.database.transaction(lambda: roles.insert(self.database, self.organization, grant))

    def configure(self, **settings: Any) -> None:
        connections.change_settings(self.database, self.registry, self.connection, settings)
