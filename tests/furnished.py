"""An organization with something of everything, and its export."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from optiid.services import exporting, extension_schemas, hand_made, products, roles
from tests.conftest import database_url
from tests.running import InProcess, settings_in

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

BADGE = {
    "id": "urn:example:Badge",
    "name": "Badge",
    "attributes": [{"name": "number", "uniqueness": "server"}, {"name": "color"}],
}


def exported(database: Any, organization: str) -> list[dict[str, Any]]:
    """Return the lines of an organization."""
    return list(exporting.lines(database, organization))


def as_file(lines: list[dict[str, Any]]) -> list[bytes]:
    """Return lines as a file has them."""
    return [orjson.dumps(line) + b"\n" for line in lines]


def service_without_data(service: InProcess, request: pytest.FixtureRequest, home: Path) -> InProcess:
    """Return a service on the other kind of database."""
    kind = "postgresql" if service.database.dialect.name == "sqlite" else "sqlite"
    return InProcess(settings_in(home, database_url(kind, request)))


def furnish(service: InProcess) -> Any:
    """Return a client of an organization with something of everything."""
    scim = service.scim("entra")
    database, organization = service.database, scim.connected.organization
    extension_schemas.add(database, organization, BADGE)
    users = [
        scim.a_user(f"user{number}@example.com", externalId=str(number), **{BADGE["id"]: {"number": str(number)}})
        for number in range(5)
    ]
    scim.patch(f"/Users/{users[0]['id']}", {"op": "replace", "path": "title", "value": "Engineer"})
    scim.patch(f"/Users/{users[1]['id']}", {"op": "replace", "path": "active", "value": False})
    group = scim.a_group("Crew", members=[user["id"] for user in users])
    scim.delete(f"/Users/{users[2]['id']}")
    scim.a_user("user2@example.com")
    scim.a_group("Outer", members=[group["id"]])
    body = {"displayName": "Custom", "members": [{"value": users[0]["id"]}, {"value": group["id"]}]}
    hand_made.create(database, organization, "User", {"userName": "own@example.com"})
    hand_made.create(database, organization, "Group", body)
    products.create(database, organization, "cms", "Content")
    products.add_role(database, organization, "cms", "Editor")
    products.create_instance(database, organization, "cms", "cms-eu", "Europe")
    scim.a_group("Writers::CMS-EU", members=[users[0]["id"]])
    roles.grant(database, organization, "cms-eu", "editor", roles.TO_EVERYONE)
    roles.grant(database, organization, "cms-eu", "editor", roles.Subject("group", "Crew"))
    roles.grant(database, organization, "admin-center", "administrator", roles.Subject("user", users[0]["id"]))
    return scim
