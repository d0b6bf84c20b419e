"""The service as a whole: who is let in, what every answer carries, and what stops the start."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from optiid.application import create_app
from optiid.clock import now
from optiid.errors import OptiidError, ProfileError, SettingsError
from optiid.services import connections, tokens
from tests.conftest import database_url
from tests.running import PREFIX, InProcess, settings_in

if TYPE_CHECKING:
    from pathlib import Path

KINDS = ["sqlite", "postgresql"]
UNKNOWN = "0190c0de-0000-7000-8000-000000000000"


def test_profile_that_is_switched_off_loses_nothing(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    for kind in KINDS:
        place = {"home": tmp_path / kind, "database_url": database_url(kind, request)}
        on = InProcess(settings_in(**place))
        scim = on.scim("entra")
        user = scim.a_user()
        on.database.close()

        off = InProcess(settings_in(**place, profiles_enabled=("okta",)))
        for reply in (
            off.as_(scim.connected).get(f"/Users/{user['id']}"),
            off.as_(scim.connected).delete(f"/Users/{user['id']}"),
            off.as_(scim.connected).get("/ServiceProviderConfig"),
        ):
            assert reply.status == 503
            assert "'entra' is switched off by configuration" in reply.body["detail"]
            assert int(reply.headers["Retry-After"]) > 0
        assert off.scim("okta").get("/Users").status == 200
        off.database.close()

        again = InProcess(settings_in(**place))
        assert again.as_(scim.connected).get(f"/Users/{user['id']}").body == user
        again.database.close()


def test_standard_profile_cannot_be_switched_off(tmp_path: Path) -> None:
    running = InProcess(settings_in(tmp_path, profiles_enabled=("okta",)))
    assert running.scim("standard").get("/Users").status == 200
    running.database.close()


def test_profile_that_is_not_there_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises((ProfileError, SettingsError), match="entraa"):
        create_app(settings_in(tmp_path, profiles_enabled=("entraa",)))


def test_newer_database_stops_the_start(tmp_path: Path) -> None:
    running = InProcess(settings_in(tmp_path))
    sql = "INSERT INTO schema_migration (name, applied) VALUES ('9999_later', CURRENT_TIMESTAMP)"
    running.database.transaction(lambda: running.database.execute(sql))
    running.database.close()
    with pytest.raises(OptiidError, match="newer"):
        create_app(settings_in(tmp_path))


def test_paused_connection_is_told_to_come_back(service: Any) -> None:
    scim = service.scim()
    user = scim.a_user()
    connections.change_state(service.database, scim.connected.connection, "paused")
    for method, path in [("GET", "/Users"), ("DELETE", f"/Users/{user['id']}"), ("GET", "/Schemas")]:
        reply = scim.request(method, path)
        assert (reply.status, reply.headers["Retry-After"]) == (503, "300")
        assert "is paused" in reply.body["detail"]
    connections.change_state(service.database, scim.connected.connection, "active")
    assert scim.get(f"/Users/{user['id']}").body == user


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_probes_need_no_token(service: Any, path: str) -> None:
    assert service.send("GET", path, None, {}).status == 200
    assert service.send("POST", path, None, {}).status == 405


def test_service_without_its_database_lives_but_is_not_ready(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    running = InProcess(settings_in(tmp_path, database_url("postgresql", request)))
    scim = running.scim()
    running.database.close()
    monkeypatch.setattr(running.database.engine, "database", "gone")
    monkeypatch.setattr(running.database.engine, "connect_params", {"host": "127.0.0.1", "port": 1})
    assert running.send("GET", "/healthz", None, {}).status == 200
    assert running.send("GET", "/readyz", None, {}).status == 503
    reply = scim.get("/Users")
    assert (reply.status, reply.headers["Retry-After"]) == (503, "5")


@pytest.mark.parametrize(
    ("method", "path", "token", "status"),
    [
        ("GET", "/healthz", False, 200),
        ("GET", "/nowhere", False, 404),
        ("GET", f"{PREFIX}/Users", False, 401),
        ("GET", f"{PREFIX}/Users", True, 200),
        ("GET", f"{PREFIX}/Users/{UNKNOWN}", True, 404),
        ("GET", f"{PREFIX}/Nothing", True, 404),
        ("PATCH", f"{PREFIX}/Users", True, 405),
        ("POST", f"{PREFIX}/Users", True, 400),
        ("GET", f"{PREFIX}/Schemas", True, 200),
    ],
)
def test_every_answer_is_marked_and_must_not_be_kept(
    service: Any, method: str, path: str, token: bool, status: int
) -> None:
    headers = {"Authorization": f"Bearer {service.connect().token}"} if token else {}
    replies = [service.send(method, path, None, headers) for _ in range(2)]
    for reply in replies:
        assert reply.status == status
        assert reply.headers["X-Content-Type-Options"] == "nosniff"
        assert reply.headers["Cache-Control"] == "no-store"
        assert reply.headers["X-Request-Id"].startswith("req_")
        if status >= 400:
            assert reply.headers["Content-Type"] == "application/scim+json"
            assert reply.body["detail"].endswith(f"({reply.headers['X-Request-Id']})")
    assert len({reply.headers["X-Request-Id"] for reply in replies}) == 2


@pytest.mark.parametrize("form", ["{}", "Bearer {}", "bearer {}", "BEARER  {}", "Bearer Bearer {}", "  {} "])
def test_token_is_taken_with_and_without_its_scheme(service: Any, form: str) -> None:
    headers = {"Authorization": form.format(service.connect().token)}
    assert service.send("GET", f"{PREFIX}/Users", None, headers).status == 200


@pytest.mark.parametrize("form", ["Basic {}", "{}x", "Bearer", "", "Bearer {} x", "Token {}"])
def test_anything_else_is_not_recognised(service: Any, form: str) -> None:
    headers = {"Authorization": form.format(service.connect().token)}
    reply = service.send("GET", f"{PREFIX}/Users", None, headers)
    assert (reply.status, reply.headers["WWW-Authenticate"]) == (401, 'Bearer realm="scim"')
    assert "Token not recognised" in reply.body["detail"]


def test_revoked_token_is_told_so(service: Any) -> None:
    scim = service.scim()
    (token,) = tokens.list_all(service.database, scim.connected.connection)
    assert scim.get("/Users").status == 200
    tokens.revoke(service.database, token.id)
    reply = scim.get("/Users")
    assert reply.status == 401
    assert f"Token {token.prefix} was revoked on" in reply.body["detail"]
    assert scim.connected.token not in reply.body["detail"]


def test_expired_token_is_told_so(service: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    scim = service.scim()
    (token,) = tokens.list_all(service.database, scim.connected.connection)
    later = now() + timedelta(days=366)
    monkeypatch.setattr("optiid.services.identify.now", lambda: later)
    reply = scim.get("/Users")
    assert reply.status == 401
    assert f"Token {token.prefix} expired on {token.expires_at[:10]}" in reply.body["detail"]


def test_use_of_a_token_is_noted_once_per_interval(service: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    scim = service.scim()
    moment, instant = now(), time.monotonic()
    notes = []
    for seconds in (0, 1, 59, 61, 62, 130):
        for place in ("optiid.services.identify.now", "optiid.clock.now"):
            monkeypatch.setattr(place, lambda after=seconds: moment + timedelta(seconds=after))
        monkeypatch.setattr(time, "monotonic", lambda after=seconds: instant + after)
        with service.database.counting() as seen:
            assert scim.get("/Users").status == 200
        notes.append(len([sql for sql in seen if sql.lstrip().startswith("UPDATE token")]))
    assert notes == [1, 0, 0, 1, 0, 1]


def test_version_travels_as_etag_and_conditions_hold(service: Any) -> None:
    scim = service.scim()
    user = scim.a_user()
    path, first = f"/Users/{user['id']}", user["meta"]["version"]
    reply = scim.get(path)
    assert reply.headers["ETag"] == first == 'W/"1"'
    unmodified = scim.get(path, headers={"If-None-Match": first})
    assert (unmodified.status, unmodified.body, unmodified.headers["ETag"]) == (304, None, first)
    title = {"op": "replace", "path": "title", "value": "Boss"}
    changed = scim.patch(path, title, headers={"If-Match": first})
    assert (changed.status, changed.headers["ETag"], changed.body["meta"]["version"]) == (200, 'W/"2"', 'W/"2"')
    assert scim.get(path, headers={"If-None-Match": first}).status == 200
    body = {"userName": user["userName"]}
    for refused in (
        scim.patch(path, title, headers={"If-Match": first}),
        scim.put(path, body, headers={"If-Match": first}),
        scim.delete(path, headers={"If-Match": first}),
    ):
        assert refused.status == 412
    assert scim.get(path).body == changed.body
    assert scim.delete(path, headers={"If-Match": "*"}).status == 204


def test_search_at_the_root_runs_over_all_types(service: Any) -> None:
    scim = service.scim()
    users, group = [scim.a_user(externalId="x")["id"] for _ in range(3)], scim.a_group()["id"]
    everything = scim.post("/.search", {}).body
    assert [found["id"] for found in everything["Resources"]] == [*users, group]
    assert everything["totalResults"] == 4
    second = scim.post("/.search", {"startIndex": 3, "count": 2}).body
    assert [found["id"] for found in second["Resources"]] == [users[2], group]
    assert (second["totalResults"], second["itemsPerPage"], second["startIndex"]) == (4, 2, 3)
    only = scim.post("/.search", {"filter": 'externalId eq "x"', "attributes": ["userName"]}).body
    assert [set(found) for found in only["Resources"]] == [{"schemas", "id", "userName"}] * 3
    assert scim.post("/.search", {"filter": "userName pr"}).body["totalResults"] == 3
    assert scim.post("/.search", {"filter": "shoeSize eq 46"}).body["scimType"] == "invalidFilter"
    assert scim.get("").body["totalResults"] == 4


def test_starting_keeps_no_connection(postgresql_url: str, tmp_path: Path) -> None:
    running = InProcess(settings_in(tmp_path, postgresql_url, database_pool=1))
    scim = running.scim()
    running.database.release()
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(scim.get, "/Users").result().status == 200
    running.database.close()
