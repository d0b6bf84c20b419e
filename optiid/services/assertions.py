"""`private_key_jwt` (RFC 7523): key sets that administrators give, and assertions that clients sign with their keys."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

import jwt
import orjson
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from optiid.clock import now
from optiid.errors import InvalidInputError, UnauthenticatedError

if TYPE_CHECKING:
    from collections.abc import Sequence

# Each with the type of its keys. Never `none`, and no HMAC: a public key must not become a shared secret.
ALGORITHMS = {"ES256": "EC", "RS256": "RSA", "PS256": "RSA", "EdDSA": "OKP"}
LONGEST_LIFE = timedelta(minutes=5)
# So far the clocks of both sides may differ.
LEEWAY = timedelta(seconds=30)
MOST_KEYS = 10
LEAST_RSA_BITS = 2048
LONGEST = 8192
LONGEST_ID = 256
_PRIVATE = ("d", "p", "q", "dp", "dq", "qi", "oth", "k")


@dataclass(frozen=True, slots=True)
class Assertion:
    """What an assertion says, once its signature is known to be right."""

    ident: str
    expires_at: datetime


def checked_keys(text: str) -> str:
    """Return a JWKS as it is stored. Raises InvalidInputError, also for private and shared keys."""
    try:
        told = orjson.loads(text)
        keys = told["keys"]
        if not isinstance(keys, list) or not 1 <= len(keys) <= MOST_KEYS:
            raise InvalidInputError(f"A JWKS holds one to {MOST_KEYS} keys under `keys`")
        for key in keys:
            _check_key(key)
    except (ValueError, TypeError, KeyError, AttributeError, jwt.PyJWTError) as error:
        raise InvalidInputError('This is no JWKS: give {"keys": [...]} with public keys (RFC 7517)') from error
    return orjson.dumps({"keys": keys}).decode()


def client_of(assertion: str) -> str:
    """Return who an assertion says that it is from, "" for nobody; nothing of it is proven yet."""
    try:
        claims = jwt.decode(assertion, options={"verify_signature": False}) if len(assertion) <= LONGEST else {}
    except (jwt.PyJWTError, ValueError):
        return ""
    subject = claims.get("sub")
    return subject if isinstance(subject, str) and claims.get("iss") == subject else ""


def verify(assertion: str, key_set: str | None, client: str, audiences: Sequence[str]) -> Assertion:
    """Return what an assertion of a client says. Raises UnauthenticatedError for one that does not hold.

    Without a key set, a signature is checked nevertheless, by a key that nobody has: it takes as long.
    """
    try:
        header = jwt.get_unverified_header(assertion)
        algorithm = header.get("alg", "")
        if algorithm not in ALGORITHMS:
            raise UnauthenticatedError
        claims = _claims(assertion, _keys(key_set, algorithm, header.get("kid")), algorithm, client, audiences)
        expires_at = datetime.fromtimestamp(claims["exp"], UTC)
        ident, audience = claims["jti"], claims["aud"]
        if isinstance(audience, list) and len(audience) != 1:  # it was made for somebody else, too
            raise UnauthenticatedError
        if not isinstance(ident, str) or not 0 < len(ident) <= LONGEST_ID or expires_at > now() + LONGEST_LIFE + LEEWAY:
            raise UnauthenticatedError
    except (jwt.PyJWTError, ValueError, TypeError, OverflowError, OSError) as error:
        raise UnauthenticatedError from error
    return Assertion(ident, expires_at)


def _claims(assertion: str, keys: list[Any], algorithm: str, client: str, audiences: Sequence[str]) -> dict[str, Any]:
    for key in keys:
        try:
            claims: dict[str, Any] = jwt.decode(
                assertion, key, algorithms=[algorithm], audience=audiences, issuer=client, subject=client,
                leeway=LEEWAY, options={"require": ["exp", "aud", "iss", "sub", "jti"]},
            )  # fmt: skip
        except (jwt.InvalidSignatureError, jwt.InvalidKeyError):
            continue
        return claims
    raise UnauthenticatedError


def _keys(key_set: str | None, algorithm: str, wanted: Any) -> list[Any]:
    """Return the public keys that may have signed, by their type and, where the assertion names one, their id."""
    if not key_set:
        return [_stand_in(algorithm)]
    fitting = [
        one for one in orjson.loads(key_set)["keys"]
        if one["kty"] == ALGORITHMS[algorithm] and one.get("alg", algorithm) == algorithm
        and (wanted is None or one.get("kid", wanted) == wanted)
    ]  # fmt: skip
    return [jwt.PyJWK.from_dict(one, algorithm).key for one in fitting] or [_stand_in(algorithm)]


@cache
def _stand_in(algorithm: str) -> Any:
    """Return a public key whose private part is forgotten at once."""
    if algorithm == "ES256":
        return ec.generate_private_key(ec.SECP256R1()).public_key()
    if algorithm == "EdDSA":
        return ed25519.Ed25519PrivateKey.generate().public_key()
    return rsa.generate_private_key(65537, LEAST_RSA_BITS).public_key()


def _check_key(key: dict[str, Any]) -> None:
    if key.get("kty") == "oct" or any(part in key for part in _PRIVATE):
        raise InvalidInputError("The JWKS holds a secret: give the public keys alone, and replace this one")
    made = next((name for name, kind in ALGORITHMS.items() if kind == key["kty"]), None)
    if made is None or key.get("alg", made) not in ALGORITHMS or not isinstance(key.get("kid", ""), str):
        raise InvalidInputError(f"A key of the JWKS is for none of {', '.join(ALGORITHMS)}")
    public = jwt.PyJWK.from_dict(key, key.get("alg", made)).key
    if isinstance(public, rsa.RSAPublicKey) and public.key_size < LEAST_RSA_BITS:
        raise InvalidInputError(f"An RSA key of the JWKS has {public.key_size} bits: {LEAST_RSA_BITS} are the least")
    if isinstance(public, ec.EllipticCurvePublicKey) and public.curve.name != "secp256r1":
        raise InvalidInputError("A key of the JWKS is on another curve than P-256")
