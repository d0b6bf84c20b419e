"""`optiid key`: created with the secret shown once, listed without it, revoked."""

from __future__ import annotations

from typing import Any

from optiid.credentials import is_genuine_key


def test_keys_of_the_installation_and_of_an_organization(ask: Any, run: Any) -> None:
    organization = ask("organization", "create", "Acme")["id"]
    whole = ask("key", "create", "Console", "--scope", "admin")
    one = ask("key", "create", "Portal", "--organization", "acme", "--expires-in", "30d")
    assert is_genuine_key(whole["key"])
    assert (one["scope"], is_genuine_key(one["key"])) == ("read", True)
    assert [key["id"] for key in ask("key", "list")] == [whole["id"]]
    listed = ask("key", "list", "--organization", organization)
    assert [key["id"] for key in listed] == [one["id"]]
    assert one["key"] not in str(listed)
    assert ask("key", "revoke", one["id"]) == {"id": one["id"], "revoked": True}
    assert ask("key", "list", "--organization", "Acme")[0]["revoked_at"]
    status, _, told = run("key", "revoke", "nothing")
    assert status == 1
    assert "There is no key" in told
