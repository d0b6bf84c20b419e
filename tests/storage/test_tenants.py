"""Rows of organizations, connections and tokens."""

from __future__ import annotations

from typing import Any

import pytest

from optiid.clock import new_id, timestamp
from optiid.credentials import digest
from optiid.errors import ConflictError
from optiid.storage import tenants


def organization(name: str) -> dict[str, Any]:
    return {
        "id": new_id(),
        "name": name,
        "name_key": name.lower(),
        "rules": "{}",
        "created_at": timestamp(),
        "schema_revision": 0,
    }


def inserted(service: Any, name: str) -> dict[str, Any]:
    record = organization(name)
    service.database.transaction(lambda: tenants.insert_organization(service.database, record))
    return record


def read(service: Any, work: Any, *arguments: Any) -> Any:
    return service.database.reading(lambda: work(service.database, *arguments))


def test_organization_is_found_by_id_and_by_name(service: Any) -> None:
    record = inserted(service, "Found")
    assert read(service, tenants.find_organization, record["id"], "") == record
    assert read(service, tenants.find_organization, "", "found") == record
    assert read(service, tenants.find_organization, "", "nobody") is None
    assert record in read(service, tenants.organizations)


def test_id_goes_before_a_name_that_reads_like_it(service: Any) -> None:
    record = inserted(service, "First")
    inserted(service, record["id"])
    assert read(service, tenants.find_organization, record["id"], record["id"]) == record


def test_name_of_an_organization_is_taken_once(service: Any) -> None:
    record = inserted(service, "Once")
    with pytest.raises(ConflictError, match="'Once' exists already"):
        inserted(service, "Once")
    assert read(service, tenants.find_organization, "", "once") == record


def test_connections_are_listed_by_organization(service: Any) -> None:
    one, other = service.connect(), service.connect()
    second = service.connect(organization=one.organization)
    listed = read(service, tenants.connections, one.organization)
    assert [row["id"] for row in listed] == [one.connection, second.connection]
    everywhere = {row["id"] for row in read(service, tenants.connections, None)}
    assert {one.connection, other.connection, second.connection} <= everywhere


def test_connection_changes_with_its_revision(service: Any) -> None:
    made = service.connect()
    before = read(service, tenants.find_connection, made.connection)
    work = tenants.update_connection
    service.database.transaction(
        lambda: work(service.database, made.organization, made.connection, {"state": "paused"})
    )
    after = read(service, tenants.find_connection, made.connection)
    assert after == before | {"state": "paused", "revision": before["revision"] + 1}
    assert read(service, tenants.find_connection, new_id()) is None


def test_connection_of_another_organization_is_not_changed(service: Any) -> None:
    made, other = service.connect(), service.connect()
    work = tenants.update_connection
    service.database.transaction(
        lambda: work(service.database, other.organization, made.connection, {"state": "paused"})
    )
    assert read(service, tenants.find_connection, made.connection)["state"] == "active"


def test_caller_is_found_by_the_digest_of_a_token_only(service: Any) -> None:
    made = service.connect("entra")
    row = read(service, tenants.find_caller, digest(made.token))
    assert (row[1], row[2], row[6]) == (made.organization, made.connection, "entra")
    assert read(service, tenants.find_caller, made.token) is None
    assert read(service, tenants.find_caller, digest(made.token + "x")) is None


def test_tokens_are_listed_without_their_digests(service: Any) -> None:
    made = service.connect()
    (row,) = read(service, tenants.tokens, made.organization, made.connection)
    assert "digest" not in row
    assert digest(made.token) not in row.values()
    assert row["prefix"] != made.token


def test_token_is_revoked_once(service: Any) -> None:
    made = service.connect()
    (token,) = read(service, tenants.tokens, made.organization, made.connection)
    revoke = tenants.revoke_token
    assert service.database.transaction(lambda: revoke(service.database, token["id"]))
    (first,) = read(service, tenants.tokens, made.organization, made.connection)
    assert service.database.transaction(lambda: revoke(service.database, token["id"]))
    assert read(service, tenants.tokens, made.organization, made.connection) == [first]
    assert first["revoked_at"] is not None
    assert not service.database.transaction(lambda: revoke(service.database, new_id()))


def test_use_of_a_token_is_noted(service: Any) -> None:
    made = service.connect()
    (token,) = read(service, tenants.tokens, made.organization, made.connection)
    assert token["last_used_at"] is None
    touch, now = tenants.touch_token, timestamp()
    service.database.transaction(lambda: touch(service.database, made.organization, token["id"], now, ("::1", "me")))
    (token,) = read(service, tenants.tokens, made.organization, made.connection)
    assert token["last_used_at"] == now
    assert (token["last_used_address"], token["last_used_agent"]) == ("::1", "me")
