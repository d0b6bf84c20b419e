"""What a connection was sent and answered is kept where its settings say so, and nowhere else."""

from __future__ import annotations

from typing import Any

import pytest

from optiid.services import connections, request_log
from optiid.storage import request_log as rows
from tests.running import ENTERPRISE

PASSWORD = "Tr0ub4dor&3-unforgettable"
AGENT = {"User-Agent": "acme-client/1", "If-Match": 'W/"1"', "Cookie": "session=1"}


@pytest.fixture
def scim(service: Any) -> Any:
    return service.scim("standard", settings={"record_requests": True})


def kept(service: Any, scim: Any, limit: int = 1000) -> list[Any]:
    return request_log.newest(service.database, connections.get(service.database, scim.connected.connection), limit)


def test_nothing_is_kept_unless_asked_for(service: Any) -> None:
    scim = service.scim()
    with service.database.counting() as seen:
        scim.a_user()
    assert kept(service, scim) == []
    assert not [sql for sql in seen if "request_log" in sql]


def test_request_and_answer_are_kept(service: Any, scim: Any) -> None:
    user = scim.post("/Users", {"userName": "ann@example.com", ENTERPRISE: {"department": "é"}}, headers=AGENT).body
    scim.get('/Users?filter=userName+eq+"ann%40example.com"')
    scim.get("/Users/none")
    made, found, missing = kept(service, scim)
    assert (made.method, made.path, made.query, made.status) == ("POST", "/Users", "", 201)
    assert '"department": "é"' in made.body
    assert user["id"] in made.answer
    assert made.headers == {
        "content-type": "application/scim+json", "user-agent": "acme-client/1", "if-match": 'W/"1"'
    }  # fmt: skip
    assert (found.query, found.body) == ('filter=userName+eq+"ann%40example.com"', None)
    assert (missing.path, missing.status) == ("/Users/none", 404)


def test_no_secret_is_kept(service: Any, scim: Any) -> None:
    scim.post("/Users", {"userName": "a", "password": PASSWORD, "title": scim.connected.token})
    scim.post("/Users", b'{"password": "' + PASSWORD.encode())
    scim.find("/Users", f'password eq "{PASSWORD}"')
    scim.get(f"/Users/{scim.connected.token}")
    owner = (scim.connected.organization,)
    told = str(service.database.rows("SELECT * FROM request_log WHERE organization = ?", owner))
    assert len(kept(service, scim)) == 4
    for secret in (PASSWORD, "unforgettable", scim.connected.token, scim.connected.token[7:40]):
        assert secret not in told


def test_the_oldest_go(service: Any, scim: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "KEPT", 3)
    for number in range(5):
        scim.get(f"/Users/{number}")
    assert [one.path for one in kept(service, scim)] == ["/Users/2", "/Users/3", "/Users/4"]
    assert [one.path for one in kept(service, scim, 1)] == ["/Users/4"]


def test_each_connection_has_its_own(service: Any, scim: Any) -> None:
    sibling = service.scim(organization=scim.connected.organization, settings={"record_requests": True})
    scim.get("/Users/mine")
    sibling.get("/Users/theirs")
    assert [one.path for one in kept(service, sibling)] == ["/Users/theirs"]
    assert request_log.forget(service.database, connections.get(service.database, scim.connected.connection)) == 1
    assert (kept(service, scim), len(kept(service, sibling))) == ([], 1)


def test_failure_to_keep_is_no_failure_of_the_request(
    service: Any, scim: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(rows, "_INSERT", "INSERT INTO nowhere VALUES (1)")
    assert scim.post("/Users", {"userName": "still@example.com"}).status == 201
    assert scim.find("/Users", 'userName eq "still@example.com"').body["totalResults"] == 1
    assert kept(service, scim) == []


def test_body_is_kept_up_to_a_limit(service: Any, scim: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(request_log, "BODY_LIMIT", 50)
    scim.post("/Users", {"userName": "x" * 100})
    assert [len(one.body) for one in kept(service, scim)] == [50]


def test_finding_is_kept_and_told_once(service: Any) -> None:
    scim = service.scim()
    owner = (scim.connected.organization,)
    sql = "SELECT profile, reason FROM recognition WHERE organization = ?"
    scim.get("/Users")
    assert service.database.rows(sql, owner) == []
    with service.database.counting() as seen:
        for _ in range(3):
            scim.get("/Users", headers={"User-Agent": "Okta SCIM Client 1.0.0"})
    assert service.database.rows(sql, owner) == [("okta", "its User-Agent names Okta")]
    assert len([one for one in seen if "recognition" in one]) == 1


def test_own_profile_is_no_finding(service: Any) -> None:
    scim = service.scim("okta")
    scim.get("/Users", headers={"User-Agent": "Okta SCIM Client 1.0.0"})
    found = connections.get(service.database, scim.connected.connection)
    assert service.database.rows("SELECT 1 FROM recognition WHERE connection = ?", (found.id,)) == []


def test_connection_is_known_by_the_shape_of_a_body(service: Any) -> None:
    scim = service.scim()
    group = scim.a_group()
    sql = "SELECT reason FROM recognition WHERE organization = ?"
    assert service.database.rows(sql, (scim.connected.organization,)) == []
    scim.patch(f"/Groups/{group['id']}", {"op": "replace", "value": {"id": group["id"], "displayName": "New"}})
    assert service.database.rows(sql, (scim.connected.organization,)) == [("path-less replace with id",)]


def test_note_that_cannot_be_written_harms_nobody(service: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    scim = service.scim()
    monkeypatch.setattr("optiid.storage.recognitions._NOTE", "INSERT INTO nowhere VALUES (1)")
    assert scim.get("/Users", headers={"User-Agent": "Okta SCIM Client 1.0.0"}).status == 200
    assert scim.get("/Users").status == 200


def test_weak_sign_says_nothing_of_a_connection_with_a_profile_of_its_own(service: Any) -> None:
    scim = service.scim("pingone")
    group = scim.a_group()
    scim.patch(f"/Groups/{group['id']}", {"op": "replace", "value": {"id": group["id"], "displayName": "New"}})
    sql = "SELECT profile FROM recognition WHERE organization = ?"
    assert service.database.rows(sql, (scim.connected.organization,)) == []
    scim.get("/Users", headers={"User-Agent": "Okta SCIM Client 1.0.0"})
    assert service.database.rows(sql, (scim.connected.organization,)) == [("okta",)]


def test_odd_requests_are_kept_too(service: Any, scim: Any) -> None:
    assert scim.post("/Users", b'{"userName": "a\\ud800\\u0000"}').status == 400
    scim.get("/Users/%00%ff?x=%00\x7f")
    assert len(kept(service, scim)) == 2
