"""Every SCIM route with tokens of each scope: what is not allowed is 403, whatever door is taken (rule R21)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from optiid.services import tokens
from optiid.services.scopes import KNOWN, may
from tests.bulks import send
from tests.running import PATCH_OP, Connected, Scim
from tests.test_isolation import PUBLIC_ROUTES, scim_routes

SETS = [(one,) for one in KNOWN] + [("scim:read:Group", "scim:write:User"), ("scim:read:User", "scim:write:User")]


@pytest.fixture(scope="module")
def whole(service: Any) -> Scim:
    """A client that may do everything; /Me is offered."""
    client: Scim = service.scim(settings={"me": "me@example.com"})
    client.a_user("me@example.com")
    return client


def limited(service: Any, client: Scim, *scopes: str) -> Scim:
    _, secret = tokens.create(service.database, client.connected.connection, timedelta(hours=1), scopes)
    return Scim(service.send, Connected(client.connected.organization, client.connected.connection, secret))


def needed(method: str, rule: str) -> list[tuple[Any, str]]:
    """Return what a route needs, as the page docs/credentials.md says it."""
    action = "read" if method == "GET" or rule.endswith("/.search") else "write"
    if rule in ("", "/.search"):
        return [(action, "User"), (action, "Group")]
    if rule.startswith(("/ServiceProviderConfig", "/ResourceTypes", "/Schemas", "/Bulk")):
        return []
    return [(action, "Group" if rule.lower().startswith("/groups") else "User")]


def body_of(method: str, rule: str) -> Any:
    if rule.endswith("/.search"):
        return {}
    if method == "PATCH":
        return {"schemas": [PATCH_OP], "Operations": [{"op": "replace", "path": "externalId", "value": "1"}]}
    return None if method in ("GET", "DELETE") else {"userName": "x", "displayName": "x"}


@pytest.mark.parametrize("scopes", SETS, ids=" ".join)
def test_every_route_asks_for_its_scope(service: Any, whole: Scim, scopes: tuple[str, ...]) -> None:
    client, stored = limited(service, whole, *scopes), " ".join(scopes)
    tried = 0
    for method, rule in sorted(scim_routes(service) - PUBLIC_ROUTES):
        path = rule.replace("<ident>", "01920000-0000-7000-8000-000000000000").replace("<name>", "User")
        path = path.replace("<urn>", "urn:ietf:params:scim:schemas:core:2.0:User")
        if (method, rule) in (("DELETE", "/Me"), ("PUT", "/Me")) and may(stored, "write", "User"):
            continue
        reply = client.request(method, path, body_of(method, rule))
        allowed = all(may(stored, action, name) for action, name in needed(method, rule))
        assert (reply.status == 403) != allowed, (method, rule, reply.body)
        if not allowed:
            assert reply.body["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:Error"]
            assert 'error="insufficient_scope"' in reply.headers["WWW-Authenticate"]
        tried += 1
    assert tried >= 39


def test_each_operation_of_a_bulk_is_checked(service: Any, whole: Scim) -> None:
    user, group = whole.a_user()["id"], whole.a_group()["id"]
    client = limited(service, whole, "scim:read", "scim:write:Group")
    told = send(
        client,
        {"method": "DELETE", "path": f"/Users/{user}"},
        {"method": "PATCH", "path": f"/users/{user}", "data": body_of("PATCH", "")},
        {"method": "POST", "path": "/Users", "bulkId": "a", "data": {"userName": "bulk@example.com"}},
        {"method": "PATCH", "path": f"/Groups/{group}", "data": body_of("PATCH", "")},
        {"method": "POST", "path": "/Groups", "bulkId": "b",
         "data": {"displayName": "By bulk", "members": [{"value": "bulkId:a"}]}},
    )  # fmt: skip
    assert [one["status"] for one in told] == ["403", "403", "403", "200", "409"]
    assert whole.get(f"/Users/{user}").status == 200


def test_a_token_that_only_reads_changes_nothing(service: Any, whole: Scim) -> None:
    client = limited(service, whole, "scim:read")
    user = whole.a_user()
    for reply in (
        client.post("/Users", {"userName": "new@example.com"}),
        client.put(f"/Users/{user['id']}", {"userName": "changed@example.com"}),
        client.patch(f"/Users/{user['id']}", {"op": "replace", "path": "title", "value": "x"}),
        client.delete(f"/Users/{user['id']}"),
    ):
        assert reply.status == 403
    assert client.get(f"/Users/{user['id']}").body["meta"] == user["meta"]


def test_a_token_for_groups_sees_no_attribute_of_users(service: Any, whole: Scim) -> None:
    user = whole.a_user("hidden.person@example.com", displayName="Hidden Person")["id"]
    group = whole.a_group(members=[user])["id"]
    client = limited(service, whole, "scim:read:Group", "scim:write:Group")
    assert "Hidden" in str(whole.get(f"/Groups/{group}?attributes=members.display").body)
    for reply in (
        client.get(f"/Groups/{group}?attributes=members.display"),
        client.get(f"/Groups/{group}?attributes=members"),
        client.get("/Groups?attributes=members.display"),
        client.post("/Groups/.search", {"attributes": ["members.display"]}),
        client.find("/Groups", 'members.display co "hidden"'),
        client.find("/Groups", 'members[display co "hidden"]'),
        client.patch(f"/Groups/{group}?attributes=members.display",
                     {"op": "replace", "path": "externalId", "value": "7"}),
        client.put(f"/Groups/{group}?attributes=members.display",
                   {"displayName": "Other", "members": [{"value": user, "display": "sent"}]}),
    ):  # fmt: skip
        assert "hidden" not in str(reply.body).lower().replace('"hidden"', ""), reply.body
        assert reply.status in (200, 204, 400)
        if reply.status == 200 and "Resources" in reply.body:
            assert reply.body["totalResults"] in (0, whole.get("/Groups").body["totalResults"])
    assert whole.get(f"/Groups/{group}").body["members"][0]["value"] == user
