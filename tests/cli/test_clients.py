"""`optiid token rotate` and `optiid client` from the command line."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm

from optiid.clock import now

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


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
    assert [one["prefix"][-4:] for one in listed["secrets"]] == [one["client_secret"][-4:] for one in (made, rotated)]
    assert (listed["expires_at"], listed["last_used_at"]) == (rotated["expires_at"], None)
    ask("client", "revoke", made["client_id"])
    assert ask("client", "list", connection)[0]["revoked_at"]
    assert run("client", "rotate", made["client_id"])[0] == 1
    assert "no client" in run("client", "revoke", "x")[2]


def test_a_client_with_keys_has_no_secret(ask: Any, run: Any, tmp_path: Path) -> None:
    connection = a_connection(ask)
    key = ECAlgorithm.to_jwk(ec.generate_private_key(ec.SECP256R1()).public_key(), as_dict=True)
    file = tmp_path / "jwks.json"
    file.write_text(json.dumps({"keys": [key]}))
    made = ask("client", "create", connection, "--name", "Signer", "--jwks", str(file))
    assert set(made) == {"client_id", "token_url"}
    file.write_text(json.dumps({"keys": [key, key]}))
    assert ask("client", "keys", made["client_id"], "--jwks", str(file))["keys_set"]
    (listed,) = ask("client", "list", connection)
    assert (listed["proves_itself_by"], listed["expires_at"]) == ("private_key_jwt", None)
    assert len(json.loads(listed["key_set"])["keys"]) == 2
    file.write_text("{}")
    assert "JWKS" in run("client", "create", connection, "--name", "x", "--jwks", str(file))[2]


def test_doctor_tells_of_connections_that_nobody_can_use(
    ask: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    by_token, by_secret, by_keys, by_none = (
        ask("connection", "create", "--organization", name, "--profile", "standard")["id"]
        for name in [ask("organization", "create", f"Acme {number}")["id"] for number in range(4)]
    )
    ask("token", "create", by_token, "--expires-in", "90d")
    client = ask("client", "create", by_secret, "--name", "Provider")["client_id"]
    ask("client", "rotate", client, "--overlap", "0s", "--expires-in", "90d")
    monkeypatch.setattr("optiid.services.clients._checked", lambda keys: keys)
    file = tmp_path / "jwks.json"
    file.write_text("{}")
    ask("client", "create", by_keys, "--name", "Signer", "--jwks", str(file))
    told = {}
    for days in (0, 70, 91):
        monkeypatch.setattr("optiid.cli.doctor.now", lambda days=days: now() + timedelta(days=days))
        told[days] = [one["text"] for one in ask("doctor") if one["about"] == "token"]
    assert len(told[0]) == 1
    assert by_none in told[0][0]
    assert [text.partition(" optiid ")[2] for text in told[70]] == [
        f"token rotate {by_token}", f"client rotate {client}", f"token create {by_none}"
    ]  # fmt: skip
    assert [text.partition(" optiid ")[2] for text in told[91]] == [
        f"token create {one}" for one in (by_token, by_secret, by_none)
    ]
    assert all("has no token and no client that works" in text for text in told[91])
