"""`optiid token rotate` and `optiid client` from the command line."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm

if TYPE_CHECKING:
    from pathlib import Path


def a_connection(ask: Any) -> str:
    organization = ask("organization", "create", "Acme")
    ident: str = ask("connection", "create", "--organization", organization["id"], "--profile", "standard")["id"]
    return ident


def test_tokens_rotate_and_show_their_scopes(ask: Any) -> None:
    connection = a_connection(ask)
    ask("token", "create", connection, "--scope", "scim:read", "--scope", "scim:write:Group")
    made = ask("token", "rotate", connection, "--overlap", "1h")
    assert set(made) == {"id", "token", "expires_at"}
    old, new = ask("token", "list", connection)
    assert old["scopes"] == new["scopes"] == ["scim:read", "scim:write:Group"]
    assert old["expires_at"] < new["expires_at"]
    assert new["last_used_address"] is None


def test_a_client_from_nothing_to_its_end(ask: Any, run: Any) -> None:
    connection = a_connection(ask)
    made = ask("client", "create", connection, "--name", "Provider", "--scope", "scim:read")
    assert made["token_url"].endswith("/oauth/token")
    rotated = ask("client", "rotate", made["client_id"])
    assert rotated["client_secret"] != made["client_secret"]
    (listed,) = ask("client", "list", connection)
    assert (listed["proves_itself_by"], listed["scopes"], listed["revoked_at"]) == ("secret", ["scim:read"], None)
    assert made["client_secret"] not in json.dumps(listed)
    ask("client", "revoke", made["client_id"])
    assert ask("client", "list", connection)[0]["revoked_at"]
    assert run("client", "rotate", made["client_id"])[0] == 1
    assert "no client" in run("client", "revoke", "x")[2]


def test_a_client_with_keys_has_no_secret(ask: Any, run: Any, tmp_path: Path) -> None:
    connection = a_connection(ask)
    key = ECAlgorithm.to_jwk(ec.generate_private_key(ec.SECP256R1()).public_key(), as_dict=True)
    file = tmp_path / "jwks.json"
    file.write_text(json.dumps({"keys": [key]}))
    assert set(ask("client", "create", connection, "--name", "Signer", "--jwks", str(file))) == {
        "client_id",
        "token_url",
    }
    assert ask("client", "list", connection)[0]["proves_itself_by"] == "private_key_jwt"
    file.write_text("{}")
    assert "JWKS" in run("client", "create", connection, "--name", "x", "--jwks", str(file))[2]
