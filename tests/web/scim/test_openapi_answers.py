"""Each status that the OpenAPI document describes is really answered, with the headers and the body it describes."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from optiid.errors import TooManyRequestsError
from optiid.services import connections, roles, tokens
from optiid.services.rate_limits import RateLimits
from optiid.web.scim import openapi
from tests.described import OPERATIONS, operation_of
from tests.running import GROUP, PATCH_OP, USER

UNKNOWN = "01920000-0000-7000-8000-000000000000"
TEXT = {"Content-Type": "text/plain"}
BOTH = "?attributes=id&excludedAttributes=meta"
NAMES = {"/Users": "userName", "/Groups": "displayName"}
OWN_PATHS = {"id": UNKNOWN, "name": "User", "urn": USER}
# What is described of Bulk, which is not offered yet.
NOT_YET = {("POST /Bulk", status) for status in (200, 400, 413, 415)}


@dataclass
class Walk:
    """A client that remembers which statuses it met; what it meets is held against the document as in every test."""

    service: Any
    scim: Any
    met: set[tuple[str, int]] = field(default_factory=set)

    def __call__(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None, scim: Any = None
    ) -> Any:
        reply = (scim or self.scim).request(method, path, body, headers=headers)
        operation = operation_of(method, path)
        assert operation is not None
        self.met.add((operation.name, reply.status))
        return reply

    def bodies(self, method: str, path: str) -> None:
        """Send bodies that cannot be read."""
        self(method, path, bytes(self.service.settings.group_body_limit + 1))
        self(method, path, {}, TEXT)
        self(method, path, b"{")


def change(**values: Any) -> dict[str, Any]:
    return {"schemas": [PATCH_OP], "Operations": [{"op": "replace", "value": values}]}


def walk_resources(walk: Walk, endpoint: str) -> None:
    name = NAMES[endpoint]
    made = walk("POST", endpoint, {name: "first@example.com", "schemas": [USER if name == "userName" else GROUP]}).body
    walk("POST", endpoint, {name: "second@example.com"})
    walk("POST", endpoint, {name: "second@example.com"})
    walk.bodies("POST", endpoint)
    walk("GET", endpoint)
    walk("GET", f"{endpoint}?filter=((")
    walk("POST", f"{endpoint}/.search", {})
    walk.bodies("POST", f"{endpoint}/.search")
    one, nowhere = f"{endpoint}/{made['id']}", f"{endpoint}/{UNKNOWN}"
    walk("GET", one)
    walk("GET", one + BOTH)
    walk("GET", nowhere)
    walk("GET", one, headers={"If-None-Match": made["meta"]["version"]})
    walk("GET", one, headers={"If-Match": 'W/"0"'})
    for method, right, taken in (
        ("PUT", {name: "first@example.org"}, {name: "second@example.com"}),
        ("PATCH", change(displayName="Other"), change(**{name: "second@example.com"})),
    ):
        walk(method, one, right)
        walk(method, one, taken)
        walk(method, nowhere, right)
        walk(method, one, right, {"If-Match": 'W/"0"'})
        walk.bodies(method, one)
    walk("DELETE", nowhere)
    walk("DELETE", one, headers={"If-Match": 'W/"0"'})
    walk("DELETE", one)


def walk_groups(walk: Walk) -> None:
    """Answer a PATCH with nothing, where the connection has it so."""
    terse = walk.service.scim(settings={"group_patch_answer": "nothing"})
    group = terse.a_group()
    walk("PATCH", f"/Groups/{group['id']}", change(displayName="Other name"), scim=terse)
    silent = walk.service.scim(settings={"patch_answer": "nothing", "me": "ada"})
    for path in (f"/Users/{silent.a_user('ada')['id']}", "/Me"):
        walk("PATCH", path, change(displayName=path), scim=silent)


def walk_administrators(walk: Walk) -> None:
    """Make a team of an instance that there is not, and delete the group of the only administrator."""
    walk("POST", "/Groups", {"displayName": "Team::nowhere"})
    guarded = walk.service.scim()
    group = guarded.a_group(members=[guarded.a_user()["id"]])
    place = (walk.service.database, guarded.connected.organization, "admin-center", "administrator")
    roles.grant(*place, roles.Subject("group", group["id"]))
    walk("DELETE", f"/Groups/{group['id']}", scim=guarded)


def walk_others(walk: Walk) -> None:
    walk("GET", "")
    walk("GET", "?filter=((")
    walk("POST", "/.search", {})
    walk.bodies("POST", "/.search")
    walk("POST", "/Bulk", {"Operations": []})
    walk.bodies("POST", "/Bulk")
    for path in ("/ServiceProviderConfig", "/openapi.json"):
        walk("GET", path)
    walk("GET", "/ServiceProviderConfig?filter=id pr")
    for kind, name in (("/ResourceTypes", "User"), ("/Schemas", USER)):
        walk("GET", kind)
        walk("GET", f"{kind}?filter=id pr")
        walk("GET", f"{kind}/{name}")
        walk("GET", f"{kind}/nothing")
        walk("GET", f"{kind}/{name}?filter=id pr")


def walk_me(walk: Walk) -> None:
    """Ask for the user of a connection that has none, and of two that have one."""
    for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
        walk(method, "/Me")
    mine = walk.service.scim(settings={"me": "ada"})
    walk("GET", "/Me", scim=mine)
    ada, other = mine.a_user("ada"), {"userName": "grace"}
    mine.a_user("grace")
    walk("GET", "/Me", scim=mine)
    walk("GET", f"/Me{BOTH}", scim=mine)
    walk("GET", "/Me", headers={"If-None-Match": ada["meta"]["version"]}, scim=mine)
    walk("GET", "/Me", headers={"If-Match": 'W/"0"'}, scim=mine)
    for method, right, taken in (("PUT", ada, other), ("PATCH", change(displayName="Ada"), change(**other))):
        walk(method, "/Me", right, scim=mine)
        walk(method, "/Me", taken, scim=mine)
        walk(method, "/Me", right, {"If-Match": 'W/"0"'}, scim=mine)
        walk(method, "/Me", bytes(walk.service.settings.body_limit + 1), scim=mine)
        walk(method, "/Me", {}, TEXT, scim=mine)
        walk(method, "/Me", b"{", scim=mine)
        walk(method, "/Me", right, scim=walk.service.scim(settings={"me": "nobody"}))
    walk("DELETE", "/Me", headers={"If-Match": 'W/"0"'}, scim=mine)
    walk("DELETE", "/Me", scim=mine)
    walk("DELETE", "/Me", scim=mine)


def walk_required_versions(walk: Walk) -> None:
    """Change what a connection guards by If-Match, without it."""
    careful = walk.service.scim(settings={"require_if_match": True, "me": "ada"})
    user, group = careful.a_user("ada"), careful.a_group()
    for path, body in ((f"/Users/{user['id']}", user), (f"/Groups/{group['id']}", group), ("/Me", user)):
        walk("PUT", path, body, scim=careful)
        walk("PATCH", path, change(displayName="Other"), scim=careful)
        walk("DELETE", path, scim=careful)


def walk_everything(walk: Walk, scim: Any = None, headers: dict[str, str] | None = None) -> None:
    """Ask for each operation once."""
    for operation in OPERATIONS.values():
        path = operation.path.format(**OWN_PATHS)
        walk(operation.method, "" if path == "/" else path, headers=headers, scim=scim)


def paused(service: Any) -> Any:
    scim = service.scim()
    connections.change_state(service.database, scim.connected.connection, "paused")
    return scim


def with_scope(service: Any, scope: str) -> Any:
    connected = service.connect()
    _, secret = tokens.create(service.database, connected.connection, asked=[scope])
    return service.as_(replace(connected, token=secret))


def fail(*_: Any) -> Any:
    raise RuntimeError("on purpose")


def limit(*_: Any) -> Any:
    raise TooManyRequestsError("on purpose", 1)


def test_every_status_is_met_and_described(service: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    walk = Walk(service, service.scim())
    for endpoint in NAMES:
        walk_resources(walk, endpoint)
    walk_groups(walk)
    walk_administrators(walk)
    walk_others(walk)
    walk_me(walk)
    walk_required_versions(walk)
    walk_everything(walk, headers={"Authorization": ""})
    walk_everything(walk, scim=paused(service))
    for scope in ("scim:read:User", "scim:read:Group"):
        walk_everything(walk, scim=with_scope(service, scope))
    with monkeypatch.context() as limited:
        limited.setattr(RateLimits, "take", limit)
        walk_everything(walk)
    monkeypatch.setattr("optiid.web.scim.admission.Call", fail)
    monkeypatch.setattr(openapi, "current_service", fail)
    walk_everything(walk)
    described = {(operation.name, status) for operation in OPERATIONS.values() for status in operation.statuses}
    assert walk.met | NOT_YET == described


@pytest.mark.parametrize(
    ("method", "path", "name"),
    [
        ("PATCH", f"/groups/{UNKNOWN}?attributes=id", "PATCH /Groups/{id}"),
        ("POST", "/users/.search", "POST /Users/.search"),
        ("GET", "//Users/", "GET /Users"),
        ("GET", "", "GET /"),
    ],
)
def test_paths_that_mean_the_same_are_one_operation(method: str, path: str, name: str) -> None:
    found = operation_of(method, path)
    assert found is not None
    assert found.name == name


@pytest.mark.parametrize(
    ("status", "headers", "body", "fault"),
    [
        (418, {}, None, "418 is not described"),
        (200, {"Content-Type": "text/html", "X-Request-Id": "req_0"}, {}, "text/html is not described"),
        (200, {"Content-Type": "application/scim+json"}, {}, "no header X-Request-Id"),
        (200, {"Content-Type": "application/scim+json", "X-Request-Id": "req_0"}, {}, "is a required property"),
    ],
)
def test_what_is_not_described_is_noticed(status: int, headers: dict[str, str], body: Any, fault: str) -> None:
    assert fault in str(OPERATIONS["GET /Users"].faults(status, headers, body))
