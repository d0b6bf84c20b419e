"""Rows of OAuth clients: found by id, and by id and secret; an assertion is used once."""

from __future__ import annotations

from typing import Any

from optiid.clock import new_id, timestamp
from optiid.credentials import digest
from optiid.services import clients as use_cases
from optiid.storage import clients


def made(service: Any) -> tuple[Any, str, str]:
    connected = service.connect()
    client, secret = use_cases.create(service.database, connected.connection, "Provider")
    return connected, client.id, secret.secret


def read(service: Any, work: Any, *arguments: Any) -> Any:
    return service.database.reading(lambda: work(service.database, *arguments))


def test_a_client_is_found_by_its_own_secret_only(service: Any) -> None:
    (connected, ident, secret), (_, other, others) = made(service), made(service)
    assert read(service, clients.find_secret, ident, digest(secret))[:2] == (
        connected.organization,
        connected.connection,
    )
    for pair in ((ident, digest(others)), (other, digest(secret)), (ident, secret), (new_id(), digest(secret))):
        assert read(service, clients.find_secret, *pair) is None
    assert read(service, clients.find_client, ident)[0] == connected.organization
    assert service.database.transaction(lambda: clients.revoke(service.database, connected.organization, ident))
    assert not service.database.transaction(lambda: clients.revoke(service.database, connected.organization, ident))
    assert read(service, clients.find_secret, ident, digest(secret)) is None
    assert read(service, clients.find_client, ident) is None


def test_an_assertion_is_used_once_until_it_is_swept(service: Any) -> None:
    connected, ident, _ = made(service)

    def use() -> Any:
        place = (connected.organization, ident, digest("jti"), "2026-01-01T00:00:00.000000Z")
        return service.database.transaction(lambda: clients.use_assertion(service.database, *place))

    assert [use(), use()] == [True, False]
    service.database.transaction(
        lambda: clients.sweep_assertions(service.database, connected.organization, timestamp())
    )
    assert use()


def test_no_secret_is_kept(service: Any) -> None:
    connected, _, secret = made(service)
    (record,) = read(service, clients.of_connection, connected.organization, connected.connection)
    assert secret not in str(record)
    sql = "SELECT s.digest, s.prefix FROM client_secret s WHERE s.organization = ?"
    rows = read(service, lambda database: database.rows(sql, (connected.organization,)))
    assert [tuple(row) for row in rows] == [(digest(secret), f"optiid_secret_...{secret[-4:]}")]
