"""OAuth clients through the admin API: from nothing to an access token, rotated, given keys, revoked."""

from __future__ import annotations

from typing import Any

import pytest

from tests.administering import Admin, an_admin
from tests.token_requests import basic, post
from tests.web.admin.world import KEY_SET, UNKNOWN


@pytest.fixture
def given(service: Any) -> tuple[Admin, str]:
    """An administrator of an organization, and the path of the clients of a connection of it."""
    connected = service.connect()
    return an_admin(service, connected.organization), f"/connections/con_{connected.connection}/clients"


def status(service: Any, client: Any, secret: str) -> int:
    found: int = post(service, {}, basic(client["client_id"], secret)).status
    return found


def test_client_from_nothing_to_its_end(service: Any, given: Any) -> None:
    admin, path = given
    made = admin.post(path, {"name": "Provider", "scopes": ["scim:read"]}).body
    assert made["token_url"] == f"{service.settings.public_origin}/oauth/token"
    assert made["id"] == f"cli_{made['client_id']}"
    assert (made["proves_itself_by"], made["jwks"], made["scopes"]) == ("secret", None, ["scim:read"])
    assert status(service, made, made["client_secret"]) == 200
    rotated = admin.post(f"{path}/{made['id']}/secrets", {"overlap_hours": 1})
    assert rotated.headers["Cache-Control"] == "no-store"
    assert [status(service, made, one) for one in (made["client_secret"], rotated.body["client_secret"])] == [200, 200]
    (listed,) = admin.get(path).body["data"]
    assert made["client_secret"] not in str(listed)
    assert listed["expires_at"] == rotated.body["expires_at"]
    assert [bool(one["last_used_at"]) for one in listed["secrets"]] == [True, True]
    last = admin.post(f"{path}/{made['id']}/secrets", {"overlap_hours": 0}).body["client_secret"]
    assert [status(service, made, one) for one in (rotated.body["client_secret"], last)] == [401, 200]
    assert admin.delete(f"{path}/{made['id']}").status == 204
    assert status(service, made, last) == 401
    assert admin.get(path).body["data"][0]["revoked_at"]
    for method, below, body in (("POST", "/secrets", {}), ("PATCH", "", {"jwks": KEY_SET})):
        assert admin.request(method, f"{path}/{made['id']}{below}", body).status == 409


def test_each_act_is_in_the_audit_trail_under_the_key(service: Any, given: Any) -> None:
    admin, path = given
    made = admin.post(path, {"name": "Provider"}).body
    admin.post(f"{path}/{made['id']}/secrets", {})
    admin.patch(f"{path}/{made['id']}", {"jwks": KEY_SET})
    admin.delete(f"{path}/{made['id']}")
    entries = [one for one in admin.get("/audit?limit=200").body["data"] if str(made["client_id"]) in str(one)]
    assert sorted(one["action"] for one in entries) == [
        "client.created", "client.keys_set", "client.revoked", "client.rotated"
    ]  # fmt: skip
    assert {one["author"].partition(":")[0] for one in entries} == {"key"}
    assert made["client_secret"] not in str(entries)


def test_client_with_keys_has_no_secret(service: Any, given: Any) -> None:
    admin, path = given
    made = admin.post(path, {"name": "Signer", "jwks": KEY_SET}).body
    assert (made["client_secret"], made["secrets"], made["expires_at"]) == (None, [], None)
    assert (made["proves_itself_by"], made["jwks"]) == ("private_key_jwt", KEY_SET)
    assert admin.post(f"{path}/{made['id']}/secrets", {}).status == 409
    other = admin.post(path, {"name": "Provider"}).body
    changed = admin.patch(f"{path}/{other['id']}", {"jwks": KEY_SET})
    assert (changed.status, changed.body["proves_itself_by"]) == (200, "private_key_jwt")
    assert status(service, other, other["client_secret"]) == 401


@pytest.mark.parametrize(
    "body",
    [
        {"name": ""}, {"name": "x", "scopes": ["read"]}, {"name": "x", "scopes": []}, {"name": "x", "jwks": []},
        {"name": "x", "jwks": {}}, {"name": "x", "jwks": {"keys": [1]}}, {"name": "x", "key_set": "x"}, {},
        {"name": "x", "jwks": {"keys": [{"kty": "oct", "k": "c2VjcmV0"}]}},
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused(given: Any, body: dict[str, Any]) -> None:
    admin, path = given
    assert admin.post(path, body).status in (400, 422)
    assert admin.get(path).body["data"] == []


def test_repeated_request_shows_no_secret_and_lists_have_pages(given: Any) -> None:
    admin, path = given
    key = {"Idempotency-Key": "once"}
    first, again = (admin.post(path, {"name": "Provider"}, headers=key) for _ in range(2))
    assert again.body == first.body | {"client_secret": None}
    admin.post(path, {"name": "Other"})
    page = admin.get(f"{path}?limit=1").body
    rest = admin.get(f"{path}?limit=1&after={page['next']}").body
    assert [one["name"] for one in page["data"] + rest["data"]] == ["Provider", "Other"]
    assert admin.delete(f"{path}/cli_{UNKNOWN}").status == 404
