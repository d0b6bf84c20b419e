"""`private_key_jwt`: which assertions a client is taken for, each of them once (RFC 7523)."""

from __future__ import annotations

import base64
import hmac
from typing import TYPE_CHECKING, Any

import jwt
import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from optiid.clock import new_id, now
from optiid.errors import InvalidInputError
from optiid.services import clients
from optiid.services.granting import NOT_RECOGNISED
from optiid.web.oauth import BEARER_ASSERTION
from tests.token_requests import basic, post

if TYPE_CHECKING:
    from tests.running import Reply

KEYS: dict[str, Any] = {
    "ES256": ec.generate_private_key(ec.SECP256R1()),
    "RS256": rsa.generate_private_key(65537, 2048),
    "EdDSA": ed25519.Ed25519PrivateKey.generate(),
}
KEYS["PS256"] = KEYS["RS256"]


def public(algorithm: str, **more: Any) -> dict[str, Any]:
    made = jwt.get_algorithm_by_name(algorithm).to_jwk(KEYS[algorithm].public_key(), as_dict=True)  # type: ignore[call-overload]
    return {name: value for name, value in made.items() if name != "key_ops"} | more


def a_secret_client(service: Any) -> tuple[str, str]:
    made, secret = clients.create(service.database, service.connect().connection, "Provider")
    return made.id, secret.secret


@pytest.fixture(scope="module")
def signing(service: Any) -> str:
    """A client with keys of each kind."""
    keys = [public("ES256", kid="e"), public("RS256", kid="r"), public("EdDSA", kid="o")]
    made, secret = clients.create(
        service.database, service.connect().connection, "Signer", key_set=orjson.dumps({"keys": keys}).decode()
    )
    assert secret is None
    return made.id


def claims(service: Any, client: str, **more: Any) -> dict[str, Any]:
    moment = int(now().timestamp())
    told = {
        "iss": client, "sub": client, "aud": f"{service.settings.public_origin}/oauth/token", "iat": moment,
        "exp": moment + 200, "jti": new_id(),
    } | more  # fmt: skip
    return {name: value for name, value in told.items() if value is not None}


def assert_signed(service: Any, assertion: str, **more: str) -> Reply:
    return post(service, {"client_assertion": assertion, "client_assertion_type": BEARER_ASSERTION} | more)


def test_unknown_and_known_clients_cost_the_same_work(
    service: Any, signing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same look-ups, and one check of a signature, whatever is known of the client (rule R1)."""
    seen, checks, decode = [], [], jwt.decode

    def counted(*arguments: Any, **named: Any) -> Any:
        checks[-1] += named.get("options", {}).get("verify_signature", True)
        return decode(*arguments, **named)

    monkeypatch.setattr(jwt, "decode", counted)
    for ident in (a_secret_client(service)[0], new_id()):
        with service.database.counting() as statements:
            post(service, {}, basic(ident, "optiid_secret_" + "0" * 49))
        seen.append(list(statements))
    for ident in (signing, new_id(), a_secret_client(service)[0]):
        checks.append(0)
        with service.database.counting() as statements:
            assert_signed(service, jwt.encode(claims(service, ident), ec.generate_private_key(ec.SECP256R1()), "ES256"))
        seen.append(list(statements))
    assert seen[0] == seen[1] != []
    assert seen[2] == seen[3] == seen[4] != []
    assert checks == [1, 1, 1]


@pytest.mark.parametrize("algorithm", sorted(KEYS))
def test_assertion_gives_a_token_once(service: Any, signing: str, algorithm: str) -> None:
    assertion = jwt.encode(claims(service, signing), KEYS[algorithm], algorithm)
    reply = assert_signed(service, assertion, client_id=signing)
    assert reply.status == 200, reply.body
    sent = {"Authorization": f"Bearer {reply.body['access_token']}"}
    assert service.send("GET", "/scim/v2/Users", None, sent).status == 200
    assert assert_signed(service, assertion).status == 401


WRONG: dict[str, dict[str, Any]] = {
    "other audience": {"aud": "https://elsewhere.example.com/oauth/token"},
    "two audiences": {"aud": ["http://127.0.0.1:8000/oauth/token", "https://elsewhere.example.com"]},
    "no audience": {"aud": None},
    "other issuer": {"iss": "01920000-0000-7000-8000-000000000000"},
    "other subject": {"sub": "01920000-0000-7000-8000-000000000000"},
    "no issuer": {"iss": None},
    "expired": {"exp": 1_000_000_000},
    "lives too long": {"exp": 4_000_000_000},
    "no end": {"exp": None},
    "not yet": {"nbf": 4_000_000_000},
    "end is no number": {"exp": "soon"},
    "no id": {"jti": None},
    "odd id": {"jti": 7},
    "empty id": {"jti": ""},
    "long id": {"jti": "x" * 300},
}


@pytest.mark.parametrize("about", WRONG)
def test_assertion_that_does_not_hold(service: Any, signing: str, about: str) -> None:
    told = {name: value for name, value in (claims(service, signing) | WRONG[about]).items() if value is not None}
    reply = assert_signed(service, encoded(told))
    assert (reply.status, reply.body["error_description"]) == (401, NOT_RECOGNISED)


def encoded(told: dict[str, Any]) -> str:
    """Sign what PyJWT would not make."""
    return jwt.api_jws.encode(orjson.dumps(told), KEYS["ES256"], "ES256")


def unsigned(*parts: Any) -> str:
    return ".".join(base64.urlsafe_b64encode(orjson.dumps(part)).decode().rstrip("=") for part in parts)


def test_weak_and_foreign_signatures(service: Any, signing: str) -> None:
    told = claims(service, signing)
    keyed = unsigned({"alg": "HS256"}, told)
    shared = hmac.new(orjson.dumps(public("ES256", kid="e")), keyed.encode(), "sha256").digest()
    none = unsigned({"alg": "none"}, told)
    good = jwt.encode(told, KEYS["ES256"], "ES256")
    for assertion in (
        none + ".",
        f"{keyed}.{base64.urlsafe_b64encode(shared).decode().rstrip('=')}",
        jwt.encode(told, ec.generate_private_key(ec.SECP256R1()), "ES256"),
        jwt.encode(told, KEYS["RS256"], "RS512"),
        jwt.encode(told, KEYS["ES256"], "ES256", headers={"kid": "r"}),
        good[:-4] + "AAAA",
        good + ".x",
        "x",
        "a.b.c",
        "." * 3000,
    ):
        assert assert_signed(service, assertion).body["error"] == "invalid_client", assertion
    assert assert_signed(service, good, client_id=new_id()).status == 401
    # Nothing of it was used up: it still counts, once.
    assert assert_signed(service, jwt.encode(claims(service, signing), KEYS["ES256"], "ES256")).status == 200


def test_secret_of_a_client_is_no_assertion_and_keys_no_secret(service: Any, signing: str) -> None:
    ident, secret = a_secret_client(service)
    assert post(service, {}, basic(signing, secret)).status == 401
    told = claims(service, ident)
    assert assert_signed(service, jwt.encode(told, KEYS["ES256"], "ES256")).status == 401


@pytest.mark.parametrize(
    "key_set",
    [
        "no", "[]", "{}", '{"keys": []}', '{"keys": [7]}', '{"keys": [{"kty": "oct", "k": "c2VjcmV0"}]}',
        orjson.dumps({"keys": [{"kty": "EC", "crv": "P-384", "x": "a", "y": "b"}]}).decode(),
        orjson.dumps({"keys": [public("ES256", d="AAAA")]}).decode(),
        orjson.dumps({"keys": [public("ES256", alg="HS256")]}).decode(),
        orjson.dumps({"keys": [public("ES256")] * 11}).decode(),
    ],
)  # fmt: skip
def test_key_sets_that_are_refused(service: Any, key_set: str) -> None:
    with pytest.raises(InvalidInputError):
        clients.create(service.database, service.connect().connection, "Signer", key_set=key_set)
