"""Whose a request to the token endpoint is, and that the endpoint serves organizations of every shard."""

from __future__ import annotations

import threading
from io import BytesIO
from typing import TYPE_CHECKING, Any

import jwt
import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm

from optiid.clock import new_id
from optiid.credentials import digest
from optiid.services import clients, granting, sharding
from optiid.storage import shard_moves
from optiid.storage.shards import FIRST
from optiid.web.oauth import BEARER_ASSERTION
from optiid.web.token_request import BODY_LIMIT, named_client, rewind
from tests.shards import EAST, Sharded, shards_on
from tests.token_requests import basic, form, post

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

IDENT = new_id()
ROUTES = "SELECT r.digest FROM shard_route r"


@pytest.fixture(params=["sqlite", "postgresql"])
def sharded(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sharded]:
    """Two shards: two SQLite files, or two databases of one PostgreSQL."""
    monkeypatch.setattr(sharding, "SETTLING_SECONDS", 0.05)
    yield from shards_on(request, tmp_path)


def environ(body: str, path: str = "/oauth/token", method: str = "POST", **more: str) -> Any:
    raw = body.encode()
    announced = {"CONTENT_LENGTH": str(len(raw))}
    return {"PATH_INFO": path, "REQUEST_METHOD": method, "wsgi.input": BytesIO(raw)} | announced | more


def test_client_is_found_in_header_form_and_assertion() -> None:
    signed = jwt.encode({"iss": IDENT, "sub": IDENT}, "x" * 32, "HS256")
    named = [
        environ(form({}), HTTP_AUTHORIZATION=basic(IDENT, "secret")["Authorization"]),
        environ(form({"client_id": IDENT}), "//oauth/token/"),
        environ(form({"client_assertion": signed})),
    ]
    assert [named_client(one) for one in named] == [IDENT] * 3
    nobody = [
        environ(form({"client_id": "x' OR 1"})),
        environ(form({"client_id": IDENT}), "/oauth/other"),
        environ(form({"client_id": IDENT}), method="GET"),
        environ(form({"client_id": IDENT}), CONTENT_LENGTH=str(BODY_LIMIT + 1)),
        environ(form({"client_id": IDENT}), HTTP_AUTHORIZATION="Basic %%%"),
        environ("client_id=a&client_id=b"),
        environ("client_assertion=x.y.z"),
        environ("\x00"),
    ]
    assert [named_client(one) for one in nobody] == [""] * len(nobody)


def test_body_is_kept_for_whoever_answers() -> None:
    body = form({"client_id": IDENT})
    sent = environ(body)
    for _ in range(2):
        named_client(sent)
        assert sent["wsgi.input"].read().decode() == body
        rewind(sent)


def use(sharded: Sharded, reply: Any) -> int:
    assert reply.status == 200, reply.body
    sent = {"Authorization": f"Bearer {reply.body['access_token']}", "Content-Type": "application/scim+json"}
    body = orjson.dumps({"userName": f"{new_id()}@example.com"})
    status: int = sharded.send("POST", "/scim/v2/Users", body, sent).status
    return status


def place(sharded: Sharded, organization: str, shard: str) -> None:
    sharding.place(sharded.shards, organization, shard, lambda *_: lambda _: None)


def assertion(sharded: Sharded, ident: str, key: Any) -> dict[str, str]:
    audience = f"{sharded.settings.public_origin}/oauth/token"
    claims = {"iss": ident, "sub": ident, "aud": audience, "jti": new_id(), "exp": granting.now().timestamp() + 60}
    return {"client_assertion": jwt.encode(claims, key, "ES256"), "client_assertion_type": BEARER_ASSERTION}


@pytest.mark.parametrize("sharded", ["sqlite", pytest.param("postgresql", marks=pytest.mark.soak)], indirect=True)
def test_clients_of_each_shard_get_tokens_and_move_along(sharded: Sharded) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    key_set = orjson.dumps({"keys": [ECAlgorithm.to_jwk(key.public_key(), as_dict=True)]}).decode()
    first = sharded.database(FIRST)
    for shard, then in ((FIRST, [EAST, FIRST]), (EAST, [])):
        connected, database = sharded.connect(shard), sharded.database(shard)
        made, secret = clients.create(database, connected.connection, "Provider")
        signer, _ = clients.create(database, connected.connection, "Signer", (), key_set)
        assert secret is not None
        before = post(sharded, {}, basic(made.id, secret.secret))
        for where in (shard, *then):
            place(sharded, connected.organization, where)
            assert use(sharded, before) == 201
            assert use(sharded, post(sharded, {}, basic(made.id, secret.secret))) == 201
            body = {"client_id": made.id, "client_secret": secret.secret}
            assert use(sharded, post(sharded, body)) == 201
            assert use(sharded, post(sharded, assertion(sharded, signer.id, key))) == 201
        for wrong in (basic(made.id, "x"), basic(new_id(), secret.secret)):
            assert post(sharded, {}, wrong).body["error"] == "invalid_client"
        clients.revoke(database, made.id)
        assert post(sharded, {}, basic(made.id, secret.secret)).status == 401
    assert first.rows("SELECT 1 FROM token t WHERE t.client <> ''")


@pytest.mark.parametrize("sharded", ["sqlite"], indirect=True)
def test_ways_to_access_tokens_end_with_them(sharded: Sharded, monkeypatch: pytest.MonkeyPatch) -> None:
    connected, east = sharded.connect(EAST), sharded.database(EAST)
    made, secret = clients.create(east, connected.connection, "Greedy")
    assert secret is not None
    lasting = set(sharded.database(FIRST).rows(ROUTES))
    assert len(lasting) == 2
    monkeypatch.setattr(granting, "MOST_ACCESS_TOKENS", 2)
    given = [post(sharded, {}, basic(made.id, secret.secret)).body["access_token"] for _ in range(4)]
    kept = {(digest(one),) for one in given[2:]}
    assert set(sharded.database(FIRST).rows(ROUTES)) == lasting | kept
    now = granting.now()
    monkeypatch.setattr(granting, "now", lambda: now + 2 * granting.KEPT)
    assert granting.sweep(east, connected.organization) == 2
    assert set(sharded.database(FIRST).rows(ROUTES)) == lasting


@pytest.mark.parametrize("sharded", ["sqlite"], indirect=True)
def test_client_amid_a_move_is_told_to_come_again(sharded: Sharded, monkeypatch: pytest.MonkeyPatch) -> None:
    connected, replies = sharded.connect(), []
    made, secret = clients.create(sharded.database(FIRST), connected.connection, "Provider")
    assert secret is not None

    def ask() -> None:
        replies.append(post(sharded, {}, basic(made.id, secret.secret)))

    for name in ("close_gate", "retire"):
        original = getattr(shard_moves, name)

        def between(*arguments: Any, original: Any = original) -> None:
            original(*arguments)
            asking = threading.Thread(target=ask)
            asking.start()
            asking.join()

        monkeypatch.setattr(shard_moves, name, between)
    place(sharded, connected.organization, EAST)
    assert [(reply.status, int(reply.headers.get("Retry-After", 0)) > 0) for reply in replies] == [(503, True)] * 2
    assert use(sharded, post(sharded, {}, basic(made.id, secret.secret))) == 201
