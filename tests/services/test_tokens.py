"""Tokens over their life: scopes, rotation with overlap, what is kept of their use (rule R21)."""

from __future__ import annotations

import base64
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from optiid.clock import now, timestamp
from optiid.credentials import _checksum, digest, mint_token
from optiid.errors import InvalidInputError, NotFoundError, UnauthenticatedError
from optiid.services import tokens
from optiid.services.identify import Callers, Origin, identify
from tests.running import InProcess, settings_in

if TYPE_CHECKING:
    from pathlib import Path

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def lets_in(service: Any, secret: str) -> bool:
    try:
        identify(service.database, secret, 60)
    except UnauthenticatedError:
        return False
    return True


def test_rotation_lets_two_live_until_the_overlap_ends(service: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    connected = service.connect()
    made, secret = tokens.rotate(service.database, connected.connection, HOUR)
    assert lets_in(service, connected.token)
    assert lets_in(service, secret)
    old, new = tokens.list_all(service.database, connected.connection)
    assert new.id == made.id
    assert old.expires_at <= timestamp(now() + HOUR)
    monkeypatch.setattr("optiid.services.identify.now", lambda: now() + HOUR)
    assert not lets_in(service, connected.token)
    assert lets_in(service, secret)


def test_rotation_without_overlap_ends_the_others_at_once(service: Any) -> None:
    connected = service.connect()
    _, secret = tokens.rotate(service.database, connected.connection, timedelta(0))
    assert not lets_in(service, connected.token)
    assert lets_in(service, secret)


def test_rotation_prolongs_nothing_and_keeps_the_scopes(service: Any) -> None:
    connection = service.connect().connection
    tokens.create(service.database, connection, HOUR, ["scim:read:Group"])
    before = [one.expires_at for one in tokens.list_all(service.database, connection)]
    made, _ = tokens.rotate(service.database, connection, DAY)
    assert made.scopes == "scim:read:Group"
    first, second, _ = tokens.list_all(service.database, connection)
    assert first.expires_at < before[0]
    assert second.expires_at == before[1]
    tokens.rotate(service.database, connection, 2 * DAY)
    assert tokens.list_all(service.database, connection)[0].expires_at == first.expires_at


def test_rotation_is_audited_and_an_event(service: Any) -> None:
    connected = service.connect()
    made, secret = tokens.rotate(service.database, connected.connection)
    sql = "SELECT e.kind, e.resource, e.payload FROM event e WHERE e.organization = ? ORDER BY e.sequence DESC LIMIT 1"
    kind, resource, payload = service.database.reading(lambda: service.database.row(sql, (connected.organization,)))
    assert (kind, resource) == ("token.rotated", made.id)
    assert connected.connection in payload
    assert secret not in payload
    act = service.database.reading(
        lambda: service.database.row(
            "SELECT a.action FROM audit_entry a WHERE a.organization = ? ORDER BY a.sequence DESC LIMIT 1",
            (connected.organization,),
        )
    )
    assert act[0] == "token.rotated"


@pytest.mark.parametrize("overlap", [timedelta(seconds=-1), timedelta(days=366)])
def test_overlap_has_bounds(service: Any, overlap: timedelta) -> None:
    with pytest.raises(InvalidInputError, match="365"):
        tokens.rotate(service.database, service.connect().connection, overlap)
    with pytest.raises(NotFoundError):
        tokens.rotate(service.database, "nowhere")


@pytest.mark.parametrize("asked", [["scim"], ["scim:read:Device"], ["scim:read", ""], ["read"]])
def test_unknown_scopes_are_refused(service: Any, asked: list[str]) -> None:
    with pytest.raises(InvalidInputError, match="scim:read:User"):
        tokens.create(service.database, service.connect().connection, HOUR, asked)


def test_use_is_noted_once_with_its_origin(service: Any) -> None:
    connected, callers = service.connect(), Callers(service.database, 60)
    callers.of(connected.token, lambda: Origin("192.0.2.7", "curl/8"))
    with service.database.counting() as seen:
        callers.of(connected.token, lambda: Origin("192.0.2.8", "other"))
    assert not [text for text in seen if "UPDATE" in str(text)]
    (token,) = tokens.list_all(service.database, connected.connection)
    assert (token.last_used_address, token.last_used_agent) == ("192.0.2.7", "curl/8")
    assert token.last_used_at


def test_the_client_is_who_trusted_proxies_forward(service: Any) -> None:
    client = service.scim()
    headers = {"X-Forwarded-For": "198.51.100.1, 203.0.113.9:4711", "User-Agent": "SCIM Agent\t" + "x" * 300}
    assert client.get("/Users", headers=headers).status == 200
    (token,) = tokens.list_all(service.database, client.connected.connection)
    assert token.last_used_address == "203.0.113.9"
    assert token.last_used_agent is not None
    assert token.last_used_agent.startswith("SCIM Agent?xxx")
    assert len(token.last_used_agent) == 200


def test_no_file_of_the_database_holds_a_token(tmp_path: Path) -> None:
    service = InProcess(settings_in(tmp_path))
    client = service.scim()
    client.a_user()
    _, secret = tokens.rotate(service.database, client.connected.connection)
    service.service.logbook.flush()
    service.database.close()
    held = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    for one in (secret, client.connected.token):
        assert digest(one).encode() in held
        for form in (one.encode(), base64.b64encode(one.encode()), one.encode().hex().encode()):
            assert form not in held


def statements_of(service: Any, secret: str) -> list[str]:
    with service.database.counting() as seen:
        lets_in(service, secret)
    return list(seen)


def test_unknown_and_known_tokens_cost_the_same_look_up(service: Any) -> None:
    """No answer comes sooner or later for what is known of a token: it is looked up once, by its digest (rule R1)."""
    connected = service.connect()
    assert lets_in(service, connected.token)  # from now on its use is noted
    (_, expired), (gone, revoked) = (
        tokens.create(service.database, connected.connection, life) for life in (timedelta(microseconds=1), HOUR)
    )
    tokens.revoke(service.database, gone.id)
    one_off = connected.token[:-7] + ("A" if connected.token[-7] != "A" else "B")
    almost = one_off + _checksum(one_off)
    known = statements_of(service, connected.token)
    assert len(known) == 1
    for other in (mint_token(), expired, revoked, almost):
        assert statements_of(service, other) == known
    body, told = b'{"userName":"x"}', []
    for other in (mint_token(), expired, revoked, almost):
        sent = {"Authorization": f"Bearer {other}", "Content-Type": "application/scim+json"}
        with service.database.counting() as seen:
            assert service.send("POST", "/scim/v2/Users", body, sent).status == 401
        told.append(list(seen))
    assert told == [known] * 4
    # What is no token at all is told by its form, which everybody knows, and not looked up.
    assert statements_of(service, one_off + "0" * 6) == statements_of(service, "secret") == []
