from __future__ import annotations

from typing import TYPE_CHECKING, Any

from optiid.storage import request_log
from optiid.storage.resources import Scope

if TYPE_CHECKING:
    import pytest


def record(ident: str) -> dict[str, Any]:
    return {
        "id": ident, "created_at": "now", "method": "GET", "target": "/Users", "headers": "{}", "body": None,
        "status": 200, "answer": "{}", "profile": "standard", "request": "req_1", "milliseconds": 1.5,
    }  # fmt: skip


def test_person_is_forgotten_and_nobody_else(service: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(request_log, "SLICE", 2)
    connected, other = service.connect(), service.connect()
    scope, foreign = (Scope(one.organization, one.connection) for one in (connected, other))
    database = service.database
    told = [
        {"target": "/Users?filter=userName+eq+%22Å%22"},
        {"target": "/Users/e", "answer": '{"userName": "åse@example.com"}'},
        {"body": '{"userName": "å", "title": "x"}'},
        {"body": '{"userName": "Pål"}', "answer": '{"userName": "Pål"}'},
        {"answer": '{"userName":"Å"}'},
    ]
    for place in (scope, foreign):
        for number, one in enumerate(told):
            row = record(str(number)) | one
            database.transaction(lambda place=place, row=row: request_log.append(database, place, row))
    database.transaction(lambda: request_log.forget_person(database, scope.organization, ["Å", ""]))
    assert [row["id"] for row in request_log.newest(database, scope, 10)] == ["1", "3"]
    assert request_log.count(database, foreign) == len(told)


def test_newest_are_kept_in_order(service: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(request_log, "KEPT", 2)
    connected, other = service.connect(), service.connect()
    scope, foreign = (Scope(one.organization, one.connection) for one in (connected, other))
    database = service.database
    for ident in ("a", "b", "c"):
        database.transaction(lambda ident=ident: request_log.append(database, scope, record(ident)))
    database.transaction(lambda: request_log.append(database, foreign, record("0")))
    assert [row["id"] for row in request_log.newest(database, scope, 10)] == ["b", "c"]
    assert [row["id"] for row in request_log.newest(database, scope, 1)] == ["c"]
    assert request_log.newest(database, scope, 1)[0] == record("c") | {
        "organization": scope.organization, "connection": scope.connection
    }  # fmt: skip
    assert request_log.count(database, scope) == 2
    assert database.transaction(lambda: request_log.forget(database, scope)) == 2
    assert (request_log.count(database, scope), request_log.count(database, foreign)) == (0, 1)
