"""Nothing of one organization is visible to, or changeable by, the keys of another; no key does more than it may."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest

from optiid.services import api_keys
from optiid.services.api_keys import SCOPES, SENT_TOKEN
from optiid.web.admin import PREFIX
from optiid.web.admin.nouns import ROUTES
from tests.administering import Admin, an_admin
from tests.web.admin.world import UNKNOWN, World, body_of

NAMES = {f"{route.method} {route.path}": route for route in ROUTES}
PUBLIC = {"GET /openapi.json", "GET /problems/<code>"}
# Parameters that routes want.
QUERIES = {"DELETE /connections/<connection>": "?fate=keep", "GET /access": "?userName=ada@example.com"}
# Parts of paths that are the same for all, and what is no id.
SHARED = {"profile", "seen"}


def parts(route: Any) -> list[str]:
    return [part for part in re.findall(r"<(\w+)>", route.path) if part not in SHARED]


NAMING = [name for name, route in NAMES.items() if parts(route)]


def path_in(route: Any, ids: dict[str, str]) -> str:
    query = QUERIES.get(f"{route.method} {route.path}", "")
    if route.path.startswith("/tombstones/"):
        ids = ids | {"user": ids["tombstone"]}
    if "/plan" in route.path:
        ids = ids | {"connection": ids["rehearsing"]}
    return re.sub(r"<(\w+)>", lambda found: ids[found[1]], route.path) + query


def without_ids(body: Any) -> str:
    return re.sub(r"([a-z]{3}_)?[0-9a-f]{8}-[0-9a-f-]{27}|req_[0-9a-f]+|urn:[\w:]+", "", str(body))


def call(admin: Admin, route: Any, ids: dict[str, str], body: Any = None) -> Any:
    headers = {"If-Match": f'"{ids["seen"]}"'} if 428 in route.refusals else None
    return admin.request(route.method, path_in(route, ids), body or body_of(route, ids), headers)


@pytest.fixture(scope="module")
def foreign(service: Any) -> World:
    return World(service)


@pytest.fixture(scope="module")
def mine(service: Any) -> World:
    return World(service)


def test_every_route_is_in_the_table_of_the_door(service: Any) -> None:
    served = {
        f"{method} {rule.rule.removeprefix(PREFIX)}"
        for rule in service.app.url_map.iter_rules()
        if rule.rule.startswith(PREFIX)
        for method in rule.methods - {"HEAD", "OPTIONS"}
    }
    assert served == set(NAMES) | PUBLIC


@pytest.mark.parametrize("name", NAMES)
def test_own_ids_are_answered(service: Any, mine: World, name: str) -> None:
    route = NAMES[name]
    world = mine if route.method == "GET" else World(service)
    admin = an_admin(service, "") if route.place == "installation" else world.admin
    reply = call(admin, route, world.ids)
    assert reply.status == route.status, reply.body
    for header, value in (("Cache-Control", "no-store"), ("X-Content-Type-Options", "nosniff")):
        assert reply.headers[header] == value
    assert reply.headers["X-Request-Id"].startswith("req_")


@pytest.mark.parametrize("name", NAMING)
def test_foreign_and_unknown_ids_are_the_same_404(mine: World, foreign: World, name: str) -> None:
    route = NAMES[name]
    before = foreign.state()
    unknown = dict.fromkeys(foreign.ids, UNKNOWN) | {"urn": "urn:example:nothing"}
    body = body_of(route, mine.ids)
    call(mine.admin, route, unknown, body)  # what is remembered or noted once is no matter of the id
    told, worked = zip(*(answered(mine, route, ids, body) for ids in (foreign.ids, unknown)), strict=True)
    assert [one.status for one in told] == [404, 404], told[0].body
    assert without_ids(told[0].body) == without_ids(told[1].body)
    assert [name for name, _ in told[0].headers] == [name for name, _ in told[1].headers]
    assert worked[0] == worked[1]
    assert foreign.state() == before


def answered(world: World, route: Any, ids: dict[str, str], body: Any) -> tuple[Any, list[str]]:
    """Return an answer and the statements that it took: equal work is what takes equal time."""
    with world.service.database.counting() as statements:
        reply = call(world.admin, route, ids, body)
    return reply, statements


@pytest.mark.parametrize("name", [name for name in NAMING if len(parts(NAMES[name])) > 1])
def test_foreign_parts_below_an_own_one_are_404(mine: World, foreign: World, name: str) -> None:
    route, last = NAMES[name], parts(NAMES[name])[-1]
    before = foreign.state()
    assert call(mine.admin, route, mine.ids | {last: foreign.ids[last]}).status == 404
    assert foreign.state() == before


@pytest.mark.parametrize("name", [name for name, route in NAMES.items() if route.place in ("organization", "either")])
def test_another_organization_cannot_be_named(service: Any, mine: World, foreign: World, name: str) -> None:
    before = foreign.state()
    reply = call(Admin(service.send, mine.admin.key, foreign.organization), NAMES[name], foreign.ids)
    # What has a query already is a removal.
    assert reply.status == 404, reply.body
    assert foreign.state() == before


@pytest.mark.parametrize("name", [name for name, route in NAMES.items() if route.listed])
def test_lists_show_nothing_foreign(mine: World, foreign: World, name: str) -> None:
    route = NAMES[name]
    if any(part != "organization" for part in parts(route)):
        return
    shown = str(call(mine.admin, route, mine.ids).body)
    assert not [ident for ident in foreign.ids.values() if ident.partition("_")[2] and ident in shown]


@pytest.mark.parametrize("name", [name for name in NAMES if NAMES[name].body])
def test_foreign_ids_in_a_body_are_of_no_use(mine: World, foreign: World, name: str) -> None:
    route = NAMES[name]
    before = foreign.state()
    body = body_of(route, foreign.ids)
    if not any(ident in str(body) for kind, ident in foreign.ids.items() if kind not in SHARED):
        return
    reply = call(mine.admin, route, mine.ids, body)
    assert reply.status in (404, 422), reply.body
    assert foreign.state() == before


@pytest.mark.parametrize("name", NAMES)
def test_without_a_usable_key_nothing_is_told(service: Any, mine: World, name: str) -> None:
    route = NAMES[name]
    _, expired = api_keys.create(service.database, mine.organization, "e", "admin", timedelta(microseconds=1))
    revoked, dead = api_keys.create(service.database, mine.organization, "r", "admin")
    api_keys.revoke(service.database, mine.organization, revoked.id)
    before = mine.state()
    for key, text in (
        ("", "no key"), ("nonsense", "no key"), (mine.admin.key[:-1], "no key"), (expired, "expired on"),
        (dead, "revoked on"), (mine.token, SENT_TOKEN),
    ):  # fmt: skip
        reply = call(Admin(service.send, key), route, mine.ids)
        assert reply.status == 401
        assert reply.headers["WWW-Authenticate"].startswith("Bearer")
        assert text in reply.body["detail"]
    assert mine.state() == before


@pytest.mark.parametrize("scope", SCOPES[:2])
@pytest.mark.parametrize("name", [name for name, route in NAMES.items() if route.scope != "read"])
def test_lesser_scopes_change_nothing(service: Any, mine: World, name: str, scope: Any) -> None:
    route = NAMES[name]
    if SCOPES.index(scope) >= SCOPES.index(route.scope):
        return
    admins = [an_admin(service, organization, scope) for organization in (mine.organization, "")]
    before = mine.state()
    for admin in admins:
        reply = call(admin, route, mine.ids)
        assert reply.status == 403
        assert "insufficient_scope" in reply.headers["WWW-Authenticate"]
    assert mine.state() == before


@pytest.mark.parametrize("name", NAMES)
def test_key_of_the_installation_acts_where_it_says(service: Any, mine: World, foreign: World, name: str) -> None:
    route, everywhere = NAMES[name], an_admin(service, "")
    if route.place == "organization":
        assert call(everywhere, route, foreign.ids).status == 400
        nowhere = Admin(service.send, everywhere.key, UNKNOWN)
        assert call(nowhere, route, foreign.ids).status == 404
    if route.place in ("organization", "either"):
        there = Admin(service.send, everywhere.key, mine.organization)
        if parts(route):
            assert call(there, route, foreign.ids, body_of(route, mine.ids)).status == 404
        if route.method == "GET":
            assert call(there, route, mine.ids).status == 200


def test_keys_of_an_organization_reach_no_further(service: Any, mine: World) -> None:
    whole, _ = api_keys.create(service.database, "", "whole", "read")
    assert mine.admin.get(f"/keys/key_{whole.id}").status == 404
    assert mine.admin.delete(f"/keys/key_{whole.id}").status == 404
    assert whole.id not in str(mine.admin.get("/keys").body)
    assert mine.admin.post("/organizations", {"name": "Mine as well"}).status == 403
    made = mine.admin.post("/keys", {"name": "other", "scope": "admin"}).body
    assert made["organization"] == f"org_{mine.organization}"
    assert mine.admin.post("/keys", {"name": "x", "scope": "admin", "organization": None}).status == 422


def test_key_on_the_scim_door_is_told_what_it_is(service: Any, mine: World) -> None:
    reply = service.send("GET", "/scim/v2/Users", None, {"Authorization": f"Bearer {mine.admin.key}"})
    assert reply.status == 401
    assert "/api/v1" in reply.body["detail"]
