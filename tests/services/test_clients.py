"""OAuth clients over their life: secrets rotate, keys are set, use is noted, the end is told (rule R21)."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm

from optiid.clock import now, timestamp
from optiid.errors import ConflictError, InvalidInputError, NotFoundError, UnauthenticatedError
from optiid.services import clients, expiry_notices, granting, removing
from optiid.services.identify import NOWHERE, Origin, identify

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def a_key_set() -> str:
    key = ECAlgorithm.to_jwk(ec.generate_private_key(ec.SECP256R1()).public_key(), as_dict=True)
    return orjson.dumps({"keys": [key]}).decode()


def a_client(service: Any) -> tuple[Any, clients.Client, str]:
    connected = service.connect()
    made, secret = clients.create(service.database, connected.connection, "Provider")
    assert secret is not None
    return connected, made, secret.secret


def grant(service: Any, ident: str, secret: str, origin: Origin = NOWHERE) -> str:
    known = granting.by_secret(service.database, ident, secret)
    return granting.grant(service.database, known, "", 60.0, origin).token


def events(service: Any, organization: str, kind: str) -> list[tuple[str, Any]]:
    sql = "SELECT e.resource, e.payload FROM event e WHERE e.organization = ? AND e.kind = ? ORDER BY e.sequence"
    rows = service.database.reading(lambda: service.database.rows(sql, (organization, kind)))
    return [(row[0], orjson.loads(row[1])) for row in rows]


def test_use_is_noted_once_with_its_origin(service: Any) -> None:
    connected, made, secret = a_client(service)
    grant(service, made.id, secret, Origin("192.0.2.7", "agent/8"))
    with service.database.counting() as seen:
        grant(service, made.id, secret, Origin("192.0.2.8", "other"))
    assert not [text for text in seen if "UPDATE" in str(text)]
    (client,) = clients.list_all(service.database, connected.connection)
    assert client.last_used_at
    assert (client.last_used_address, client.last_used_agent) == ("192.0.2.7", "agent/8")
    assert client.secrets[0].last_used_address == "192.0.2.7"


def test_of_two_secrets_it_is_seen_which_one_is_still_in_use(service: Any) -> None:
    connected, made, _ = a_client(service)
    second = clients.rotate(service.database, made.id, HOUR)
    grant(service, made.id, second.secret)
    (client,) = clients.list_all(service.database, connected.connection)
    assert [bool(one.last_used_at) for one in client.secrets] == [False, True]
    assert client.last_used_at == client.secrets[1].last_used_at


def test_rotation_prolongs_nothing_and_is_told(service: Any) -> None:
    connected, made, _ = a_client(service)
    clients.rotate(service.database, made.id, HOUR)
    clients.rotate(service.database, made.id, DAY)
    (client,) = clients.list_all(service.database, connected.connection)
    first, second, third = (one.expires_at for one in client.secrets)
    assert first <= timestamp(now() + HOUR) < second <= timestamp(now() + DAY) < third
    assert clients.works_until(client) == third
    told = events(service, connected.organization, "client.rotated")
    assert told[1] == (made.id, {"connection": connected.connection, "ends_at": second})


def test_rotation_without_overlap_ends_what_the_secret_was_used_for(service: Any) -> None:
    _, made, secret = a_client(service)
    token = grant(service, made.id, secret)
    clients.rotate(service.database, made.id, HOUR)
    identify(service.database, token, 60)
    clients.rotate(service.database, made.id, timedelta(0))
    with pytest.raises(UnauthenticatedError):
        identify(service.database, token, 60)
    with pytest.raises(UnauthenticatedError):
        granting.by_secret(service.database, made.id, secret)


@pytest.mark.parametrize(
    ("overlap", "life"), [(timedelta(days=366), DAY), (-HOUR, DAY), (HOUR, timedelta(0)), (HOUR, timedelta(days=366))]
)
def test_times_have_bounds(service: Any, overlap: timedelta, life: timedelta) -> None:
    _, made, _ = a_client(service)
    with pytest.raises(InvalidInputError, match="365"):
        clients.rotate(service.database, made.id, overlap, life)


def test_keys_take_the_place_of_those_there_were_and_of_secrets(service: Any) -> None:
    connected = service.connect()
    made, secret = clients.create(service.database, connected.connection, "Signer", (), a_key_set())
    assert (secret, made.proves_itself_by, clients.works_until(made)) == (None, "private_key_jwt", clients.FOREVER)
    keys = a_key_set()
    clients.set_keys(service.database, made.id, keys)
    assert clients.list_all(service.database, connected.connection)[0].key_set == keys
    assert [one[0] for one in events(service, connected.organization, "client.keys_set")] == [made.id]
    _, other, ended = a_client(service)
    clients.set_keys(service.database, other.id, keys)
    with pytest.raises(UnauthenticatedError):
        granting.by_secret(service.database, other.id, ended)
    for refused, work in (
        (ConflictError, lambda: clients.rotate(service.database, other.id)),
        (InvalidInputError, lambda: clients.set_keys(service.database, made.id, "{}")),
        (NotFoundError, lambda: clients.set_keys(service.database, "x", keys)),
    ):
        with pytest.raises(refused):
            work()
    clients.revoke(service.database, made.id)
    with pytest.raises(ConflictError, match="was revoked"):
        clients.set_keys(service.database, made.id, keys)


def test_end_of_a_secret_is_told_once_for_each_stage(service: Any, monkeypatch: Any, caplog: Any) -> None:
    connected, made, _ = a_client(service)
    # Neither the old secret of a rotation nor the secret of a revoked client is told of.
    clients.rotate(service.database, made.id, DAY, timedelta(days=40))
    gone, _ = clients.create(service.database, connected.connection, "Gone")
    clients.revoke(service.database, gone.id)
    caplog.set_level(logging.WARNING)
    numbers = []
    for days in (0, 0.5, 11, 12, 34, 39.5, 41):
        monkeypatch.setattr(expiry_notices, "now", lambda days=days: now() + timedelta(days=days))
        numbers.append(expiry_notices.tell(service.database, connected.organization))
    assert numbers == [0, 0, 1, 0, 1, 1, 0]
    (client, _) = clients.list_all(service.database, connected.connection)
    payload = {"connection": connected.connection, "expires_at": client.secrets[1].expires_at}
    assert events(service, connected.organization, "client.expiring") == [(made.id, payload)] * 3
    lines = [text for record in caplog.records if made.id in (text := record.getMessage())]
    assert all(f"optiid client rotate {made.id}" in line for line in lines)
    assert len(lines) == 3


def test_removal_of_a_connection_ends_its_clients_at_once(service: Any, monkeypatch: Any) -> None:
    connected, made, secret = a_client(service)
    token = grant(service, made.id, secret)
    assert removing.preview(service.database, connected.connection).clients == 1
    # The removal is cut off after its first stroke.
    monkeypatch.setattr("optiid.services.relocating._slice", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        removing.remove(service.database, connected.connection, "keep")
    for work in (
        lambda: granting.by_secret(service.database, made.id, secret),
        lambda: identify(service.database, token, 60),
    ):
        with pytest.raises(UnauthenticatedError):
            work()
    assert removing.preview(service.database, connected.connection).clients == 0
