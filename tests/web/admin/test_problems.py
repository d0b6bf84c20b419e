"""Whatever goes wrong under /api is a problem document; under /scim it stays a SCIM error."""

from __future__ import annotations

from typing import Any

import pytest

from optiid.errors import UnavailableError
from optiid.services import hand_made, organizations
from optiid.web.admin.problems import KINDS
from tests.administering import Admin, an_admin

JSON = {"Content-Type": "application/json"}


@pytest.fixture
def admin(service: Any) -> Admin:
    return an_admin(service, service.connect().organization)


def check(service: Any, reply: Any, status: int) -> dict[str, Any]:
    assert reply.status == status, reply.body
    assert reply.headers["Content-Type"] == "application/problem+json"
    body: dict[str, Any] = reply.body
    assert body["type"] == f"{service.settings.public_origin}/api/v1/problems/{KINDS[status].code}"
    assert body["status"] == status
    assert body["request_id"] == reply.headers["X-Request-Id"]
    return body


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/nothing", 404), ("PUT", "/users", 405), ("OPTIONS", "/users", 405), ("DELETE", "/access", 405),
     ("GET", "/users/x", 404), ("GET", "/users/usr_x", 404), ("GET", "/products/%00", 404),
     ("GET", "/problems/nothing", 404)],
)  # fmt: skip
def test_paths_and_methods(service: Any, admin: Admin, method: str, path: str, status: int) -> None:
    check(service, admin.request(method, path), status)


@pytest.mark.parametrize(
    ("raw", "headers", "status"),
    [
        (b"{", {}, 400), (b"[]", {}, 400), (b'{"a": 1, "A": 2}', {}, 400), (b"\xff", {}, 400),
        (b'{"attributes": {"userName": "\\u0000"}}', {}, 400), (b"{}", {}, 422),
        (b'{"attributes": 1}', {}, 422), (b'{"attributes": {}, "more": 1}', {}, 422),
        (b"{}", {"Content-Type": "text/plain"}, 415), (b"{}", {"Content-Encoding": "gzip"}, 415),
        (b"{}", {"Content-Type": "application/json; charset=latin-1"}, 415),
    ],
)  # fmt: skip
def test_bodies(service: Any, admin: Admin, raw: bytes, headers: dict[str, str], status: int) -> None:
    check(service, admin.request("POST", "/users", raw, JSON | headers), status)


def test_large_bodies(service: Any, admin: Admin) -> None:
    check(service, admin.request("POST", "/users", b" " * (service.settings.body_limit + 1), JSON), 413)
    deep = b'{"attributes": ' + b"[" * 64 + b"]" * 64 + b"}"
    check(service, admin.request("POST", "/users", deep, JSON), 400)


def test_fields_are_named(service: Any, admin: Admin) -> None:
    body = check(service, admin.post("/keys", {"name": "", "scope": "root", "more": {"a": 1}}), 422)
    assert {one["field"] for one in body["errors"]} == {"name", "scope", "more"}


@pytest.mark.parametrize("accept", ["application/json", "*/*", "application/*", "application/problem+json", None])
def test_json_is_answered_to_whoever_takes_it(admin: Admin, accept: str | None) -> None:
    assert admin.get("/users", headers={} if accept is None else {"Accept": accept}).status == 200


def test_others_are_told(service: Any, admin: Admin) -> None:
    check(service, admin.get("/users", headers={"Accept": "text/html"}), 406)


def test_faults_of_the_service(service: Any, admin: Admin, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(error: Exception) -> Any:
        def work(*_: Any, **__: Any) -> Any:
            raise error

        return work

    monkeypatch.setattr(hand_made, "create", fail(UnavailableError("busy", 7)))
    reply = admin.post("/users", {"attributes": {}})
    check(service, reply, 503)
    assert reply.headers["Retry-After"] == "7"
    monkeypatch.setattr(organizations, "find", fail(RuntimeError("a secret of the inside")))
    ident = "org_01920000-0000-7000-8000-000000000000"
    answered = service.send("GET", f"/api/v1/organizations/{ident}", None, {"Authorization": f"Bearer {admin.key}"})
    assert answered.status in (404, 500)
    assert "secret" not in str(answered.body)


def test_each_type_has_a_page(service: Any) -> None:
    for kind in KINDS.values():
        reply = service.send("GET", f"/api/v1/problems/{kind.code}", None, {})
        assert (reply.status, reply.body["status"]) == (200, kind.status)


def test_scim_keeps_its_errors(service: Any) -> None:
    reply = service.send("GET", "/scim/v2/nothing", None, {})
    assert reply.headers["Content-Type"] == "application/scim+json"
