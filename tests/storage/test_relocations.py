"""What is on its way is found from both its ends, and a connection ends with its tokens."""

from __future__ import annotations

from typing import Any

from optiid.scim.resource_types import USER
from optiid.storage import relocations, resources, tenants
from optiid.storage.relocations import Relocation
from optiid.storage.resources import Scope


def test_found_by_source_and_target_until_it_ends(service: Any) -> None:
    connected = service.connect()
    organization, source = connected.organization, connected.connection
    target = service.connect(organization=organization).connection
    made = Relocation(organization, source, target, "move", "active", "paused", "2026-01-01T00:00:00.000000Z")
    database = service.database

    def run(work: Any, *arguments: Any) -> Any:
        return database.transaction(lambda: work(database, *arguments))

    run(relocations.begin, made)
    for connection in (source, target):
        assert run(relocations.of_connection, organization, connection) == made
    assert run(relocations.of_connection, service.connect().organization, source) is None
    run(relocations.end, made)
    assert run(relocations.of_connection, organization, source) is None


def test_connection_that_owns_nothing_ends_with_its_tokens(service: Any) -> None:
    connected, database = service.connect(), service.database
    scope = Scope(connected.organization, connected.connection)
    place = (connected.organization, connected.connection)

    def run(work: Any, *arguments: Any) -> Any:
        return database.transaction(lambda: work(database, *arguments))

    assert not run(relocations.owns_any, *place)
    document = {"userName": "ada@example.com", "active": True}
    made = run(resources.insert, scope, USER, "id-1", document, "living")
    assert run(relocations.owns_any, *place)
    run(resources.remove, made)
    assert [run(relocations.revoke_credentials, *place) for _ in range(2)] == [1, 0]
    run(relocations.delete_connection, *place)
    assert run(tenants.connections, connected.organization) == []
