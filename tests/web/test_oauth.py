"""`/oauth/token`: who gets an access token, and what others are told (RFC 6749, sections 4.4 and 5.2; RFC 7523)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from optiid.clock import new_id, now
from optiid.services import clients, granting, tokens
from optiid.services.granting import LIFE, NOT_RECOGNISED
from tests.running import Connected, Scim
from tests.token_requests import basic, post


@pytest.fixture(scope="module")
def confidential(service: Any) -> tuple[Connected, str, str]:
    """A connection with a client, the client's id and its secret."""
    connected = service.connect()
    made, secret = clients.create(service.database, connected.connection, "Provider")
    return connected, made.id, secret.secret


def test_secret_in_header_or_body_gives_a_token(service: Any, confidential: Any) -> None:
    connected, ident, secret = confidential
    for reply in (
        post(service, {}, basic(ident, secret)),
        post(service, {"client_id": ident}, basic(ident, secret)),
        post(service, {"client_id": ident, "client_secret": secret, "scope": "scim"}),
    ):
        assert reply.status == 200, reply.body
        assert reply.headers["Pragma"] == "no-cache"
        assert set(reply.body) == {"access_token", "token_type", "expires_in", "scope"}
        assert (reply.body["token_type"], reply.body["expires_in"]) == ("Bearer", 3600)
        client = Scim(service.send, Connected(connected.organization, connected.connection, reply.body["access_token"]))
        assert client.a_user()["id"]
    assert len(tokens.list_all(service.database, connected.connection)) == 1  # access tokens are nobody's to list


def test_access_token_ends_after_an_hour(service: Any, confidential: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    _, ident, secret = confidential
    token = post(service, {}, basic(ident, secret)).body["access_token"]
    sent = {"Authorization": f"Bearer {token}"}
    monkeypatch.setattr("optiid.services.identify.now", lambda: now() + LIFE - timedelta(minutes=1))
    assert service.send("POST", "/scim/v2/Users/.search", b"{}", sent).status == 200
    monkeypatch.setattr("optiid.services.identify.now", lambda: now() + LIFE)
    assert service.send("POST", "/scim/v2/Users/.search", b"{}", sent).status == 401


def test_scope_narrows_and_never_widens(service: Any) -> None:
    connected = service.connect()
    made, secret = clients.create(service.database, connected.connection, "Reader", ["scim:read"])
    narrow = post(service, {"scope": "scim:read:Group"}, basic(made.id, secret.secret))
    assert narrow.body["scope"] == "scim:read:Group"
    sent = {"Authorization": f"Bearer {narrow.body['access_token']}"}
    assert service.send("GET", "/scim/v2/Groups", None, sent).status == 200
    assert service.send("GET", "/scim/v2/Users", None, sent).status == 403
    assert post(service, {}, basic(made.id, secret.secret)).body["scope"] == "scim:read"
    for scope in ("scim:write", "scim:read scim:write:User", "openid"):
        reply = post(service, {"scope": scope}, basic(made.id, secret.secret))
        assert (reply.status, reply.body["error"]) == (400, "invalid_scope")


def test_all_refusals_of_clients_are_alike(service: Any, confidential: Any) -> None:
    _, ident, secret = confidential
    other, others = clients.create(service.database, service.connect().connection, "Other")
    gone, its = clients.create(service.database, service.connect().connection, "Gone")
    clients.revoke(service.database, gone.id)
    wrong = [
        post(service, {}, basic(ident, others.secret)),
        post(service, {}, basic(other.id, secret)),
        post(service, {}, basic(gone.id, its.secret)),
        post(service, {}, basic(new_id(), secret)),
        post(service, {}, basic("\0", "\0")),
        post(service, {}, basic(ident, "")),
        post(service, {"client_id": other.id}, basic(ident, secret)),
        post(service, {}, {"Authorization": f"Bearer {secret}"}),
        post(service, {}, {"Authorization": "Basic %%%"}),
        post(service, {"client_id": "\0", "client_secret": "\ud7ff\0"}),
        post(service, {"client_id": ident}),
        post(service, {}),
    ]
    for reply in wrong:
        assert reply.status == 401
        assert reply.body == {"error": "invalid_client", "error_description": NOT_RECOGNISED}
        assert reply.headers["WWW-Authenticate"].startswith("Basic ")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "invalid_request"),
        (b"client_id=x", "invalid_request"),
        (b"grant_type=password", "unsupported_grant_type"),
        (b"grant_type=client_credentials&grant_type=client_credentials", "invalid_request"),
        (b"grant_type=client_credentials&client_id=a&client_id=b&client_secret=c", "invalid_request"),
        (b"grant_type=client_credentials&client_secret=a&client_assertion=b", "invalid_request"),
        (b"grant_type=client_credentials&client_assertion=b", "invalid_request"),
        (b"grant_type=\xff", "invalid_request"),
        (b"&".join(b"a%d=1" % number for number in range(50)), "invalid_request"),
        (b"{}", "invalid_request"),
    ],
)
def test_odd_requests_are_refused(service: Any, body: bytes, code: str) -> None:
    reply = post(service, body)
    assert (reply.status, reply.body["error"]) == (400, code)


def test_odd_media_types_methods_and_sizes(service: Any, confidential: Any) -> None:
    assert post(service, b"{}", {"Content-Type": "application/json"}).status == 400
    assert post(service, b"a=" + b"x" * 20_000).status == 413
    reply = post(service, b"", method="GET")
    assert (reply.status, reply.headers["Allow"]) == (405, "POST")
    _, ident, secret = confidential
    assert post(service, {"client_id": ident, "client_secret": secret}, basic(ident, secret)).status == 400


def test_secrets_rotate_with_overlap(service: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    made, first = clients.create(service.database, service.connect().connection, "Rotating")
    second = clients.rotate(service.database, made.id, timedelta(hours=1))
    assert [post(service, {}, basic(made.id, one.secret)).status for one in (first, second)] == [200, 200]
    third = clients.rotate(service.database, made.id, timedelta(0))
    assert [post(service, {}, basic(made.id, one.secret)).status for one in (first, second, third)] == [401, 401, 200]


def test_revoked_client_takes_its_access_tokens_along(service: Any) -> None:
    made, secret = clients.create(service.database, service.connect().connection, "Ending")
    token = post(service, {}, basic(made.id, secret.secret)).body["access_token"]
    clients.revoke(service.database, made.id)
    sent = {"Authorization": f"Bearer {token}", "Content-Type": "application/scim+json"}
    assert service.send("POST", "/scim/v2/Users", b'{"userName":"x"}', sent).status == 401


def test_only_so_many_access_tokens_are_kept(service: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(granting, "MOST_ACCESS_TOKENS", 2)
    connected = service.connect()
    made, secret = clients.create(service.database, connected.connection, "Greedy")
    given = [post(service, {}, basic(made.id, secret.secret)).body["access_token"] for _ in range(4)]
    told = [service.send("GET", "/scim/v2/Users", None, {"Authorization": one}).status for one in given]
    assert told == [401, 401, 200, 200]
    assert service.as_(connected).get("/Users").status == 200  # of its own tokens none is lost
    monkeypatch.setattr(granting, "now", lambda: now() + timedelta(days=2))
    assert granting.sweep(service.database, connected.organization) == 2
    assert service.as_(connected).get("/Users").status == 200
