"""The logbook tells of each provisioning request: what came, what it meant, what was decided, and what was answered."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from optiid.errors import NotFoundError
from optiid.services import connections, logbook, purging, tokens
from optiid.storage.logbook import Wanted
from tests.running import InProcess, Scim, settings_in

if TYPE_CHECKING:
    from pathlib import Path

SEARCH = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"
BULK = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"


def lines(service: Any, scim: Scim, **wanted: Any) -> list[dict[str, Any]]:
    service.service.logbook.flush()
    return logbook.lines(service.database, scim.connected.organization, None, 1000, Wanted(**wanted))


def short(found: list[dict[str, Any]]) -> list[tuple[str, str, int, str]]:
    return [(one["method"], one["target"], one["status"], one["decision"].partition(":")[0]) for one in found]


def switched(detail: str, tmp_path: Path) -> InProcess:
    return InProcess(settings_in(tmp_path, logbook=detail))


def test_target_that_no_database_takes_keeps_no_other_lines_waiting(service: Any) -> None:
    scim = service.scim()
    scim.patch("/Users/a%00b", {"op": "replace", "path": "title", "value": "x"})
    scim.get("/Users/a%00b")
    assert [one["target"] for one in lines(service, scim)] == ["/Users/a?b", "/Users/a?b"]


def test_each_request_has_a_line(service: Any) -> None:
    scim = service.scim("entra")
    user = scim.a_user("ada@example.com")
    path = f"/Users/{user['id']}"
    scim.patch(path, {"op": "Replace", "path": "title", "value": "Engineer"})
    scim.patch(path, {"op": "Replace", "path": "title", "value": "Engineer"})
    scim.post("/Users", {"userName": "Ada@example.com"})
    scim.find("/Users", 'userName eq "ada@example.com"')
    scim.get(path)
    scim.patch(path, {"op": "Replace", "path": "active", "value": "False"})
    scim.patch(path, {"op": "Replace", "path": "active", "value": "True"})
    scim.delete(path)
    scim.get(path)
    found = lines(service, scim)
    assert short(found) == [
        ("POST", "/Users", 201, "created"),
        ("PATCH", path, 200, "changed"),
        ("PATCH", path, 200, "unchanged"),
        ("POST", "/Users", 409, "refused"),
        ("GET", '/Users?filter=userName eq "ada@example.com"', 200, "found 1"),
        ("GET", path, 200, "read"),
        ("PATCH", path, 200, "deleted"),
        ("PATCH", path, 200, "restored"),
        ("DELETE", path, 204, "deleted"),
        ("GET", path, 404, "refused"),
    ]
    assert all(one["milliseconds"] > 0 and one["request"].startswith("req_") for one in found)
    assert {one["resource"] for one in found if one["target"] == path} == {user["id"]}
    assert found[3]["scim_type"] == "uniqueness"
    assert found[6]["meant"] == [{"op": "replace", "path": "active", "value": False}]
    assert (found[1]["changed"], found[1]["meant"], found[6]["changed"]) == (["title"], None, ["active"])


def test_line_of_a_write_is_in_its_transaction(service: Any) -> None:
    scim = service.scim()
    service.service.logbook.flush()
    scim.a_user()
    sql = "SELECT status FROM logbook WHERE organization = ?"
    read = lambda: service.database.rows(sql, (scim.connected.organization,))  # noqa: E731
    assert service.database.reading(read) in ([(0,)], [(201,)])
    service.service.logbook.flush()
    assert service.database.reading(read) == [(201,)]


def test_operations_of_a_bulk_have_lines_of_their_own(service: Any) -> None:
    scim = service.scim()
    user = scim.a_user()
    operations = [
        {"method": "POST", "path": "/Users", "bulkId": "a", "data": {"userName": "ada"}},
        {"method": "POST", "path": "/Users", "bulkId": "b", "data": {"userName": "ada"}},
        {"method": "DELETE", "path": f"/Users/{user['id']}"},
        {"method": "POST", "path": "/Groups", "bulkId": "g", "data": {"displayName": "G", "members": [
            {"type": "Group", "value": "bulkId:h"}]}},
        {"method": "POST", "path": "/Groups", "bulkId": "h", "data": {"displayName": "H", "members": [
            {"type": "Group", "value": "bulkId:g"}]}},
    ]  # fmt: skip
    reply = scim.post("/Bulk", {"schemas": [BULK], "Operations": operations})
    request = reply.headers["X-Request-Id"]
    found = logbook_of(service, scim, request)
    assert sorted(short(found)) == [
        ("DELETE", f"/Users/{user['id']}", 204, "deleted"),
        ("POST", "/Bulk", 200, "5 operations"),
        ("POST", "/Groups", 201, "created"),
        ("POST", "/Groups", 201, "created"),
        ("POST", "/Users", 201, "created"),
        ("POST", "/Users", 409, "refused"),
    ]
    assert [one["came"] for one in found if one["target"] == "/Bulk"] == [None]


def logbook_of(service: Any, scim: Scim, request: str) -> list[dict[str, Any]]:
    service.service.logbook.flush()
    return logbook.of_request(service.database, scim.connected.organization, request)


def test_operation_without_a_value_is_told_as_such(service: Any) -> None:
    scim = service.scim("entra")
    user = scim.a_user()["id"]
    group = f"/Groups/{scim.a_group(members=[user])['id']}"
    assert scim.patch(group, {"op": "Remove", "path": f'members[value eq "{user}"]'}).status == 204
    assert "members" not in scim.get(group).body


def test_unknown_request_is_told(service: Any) -> None:
    with pytest.raises(NotFoundError, match="req_nothing"):
        logbook_of(service, service.scim(), "req_nothing")


def test_lines_about_a_person_are_found_by_id_and_name(service: Any) -> None:
    scim = service.scim()
    user = scim.a_user("Ada@example.com")
    scim.a_user("bob@example.com")
    scim.find("/Users", 'userName eq "ADA@example.com"')
    scim.post("/Users/.search", {"schemas": [SEARCH], "filter": 'userName eq "ada@EXAMPLE.com"'})
    scim.get(f"/Users/{user['id']}")
    service.service.logbook.flush()
    for person, expected in ((user["id"], 2), ("ada@example.com", 3), ("bob@example.com", 1)):
        found = logbook.lines(service.database, scim.connected.organization, None, 100, logbook.about(person))
        assert len(found) == expected, person


def test_nothing_secret_is_kept(service: Any) -> None:
    scim = service.scim()
    scim.post("/Users", {"userName": "ada", "password": "Tr0ub4dor&3"})
    scim.find("/Users", 'password eq "Tr0ub4dor&3"')
    scim.post("/Users", b'{"userName": "x", "password": "Tr0ub4dor&3"')
    scim.post("/Users", {"userName": "eve", "title": scim.connected.token})
    found = str(lines(service, scim))
    assert "Tr0ub4dor" not in found
    assert scim.connected.token not in found


def test_what_was_not_let_in_is_told_of_its_connection(service: Any) -> None:
    scim = service.scim()
    connections.change_state(service.database, scim.connected.connection, "paused")
    assert scim.get("/Users").status == 503
    connections.change_state(service.database, scim.connected.connection, "active")
    (token,) = tokens.list_all(service.database, scim.connected.connection)
    tokens.revoke(service.database, token.id)
    time.sleep(1.1)
    assert [scim.get("/Users").status for _ in range(5)] == [401] * 5
    assert [one[2] for one in short(lines(service, scim))] == [503, 401]
    stranger = Scim(scim.send, scim.connected)
    assert stranger.get("/Users", headers={"Authorization": "Bearer nobody"}).status == 401


def test_values_are_kept_where_the_setting_asks(tmp_path: Path) -> None:
    service = switched("values", tmp_path)
    scim = service.scim()
    user = scim.a_user("ada", title="Old")
    scim.patch(f"/Users/{user['id']}", {"op": "replace", "path": "title", "value": "New"})
    scim.delete(f"/Users/{user['id']}")
    values = [(one["before_values"], one["after_values"]) for one in lines(service, scim)]
    assert [(before and before["title"], after and after["title"]) for before, after in values] == [
        (None, "Old"),
        ("Old", "New"),
        ("New", None),
    ]
    service.database.close()


def test_names_are_kept_without_values_where_the_setting_asks(tmp_path: Path) -> None:
    service = switched("names", tmp_path)
    scim = service.scim("entra")
    user = scim.a_user("ada@example.com", title="Engineer", active=True)
    scim.patch(f"/Users/{user['id']}", {"op": "Replace", "path": "displayName", "value": "Ada Lovelace"})
    scim.find("/Users", 'userName eq "ada@example.com"')
    scim.post("/Users", {"userName": "ada@example.com"})
    found = lines(service, scim)
    assert found[0]["came"] == {"schemas": ["***"], "userName": "***", "title": "***", "active": True}
    told = str([{name: value for name, value in one.items() if name != "subject"} for one in found])
    assert not [word for word in ("ada@", "Engineer", "Lovelace") if word in told]
    service.database.close()


def test_logbook_that_is_off_keeps_nothing(tmp_path: Path) -> None:
    service = switched("off", tmp_path)
    scim = service.scim()
    scim.get(f"/Users/{scim.a_user()['id']}")
    assert lines(service, scim) == []
    service.database.close()


def test_purge_leaves_nothing_of_a_person(service: Any) -> None:
    scim = service.scim()
    user = scim.a_user("ada@example.com", emails=[{"value": "private@example.com"}])
    other = scim.a_user("bob@example.com")
    group = scim.a_group("Crew")
    member = {"value": user["id"], "display": "Ada Lovelace"}
    scim.patch(f"/Groups/{group['id']}", {"op": "add", "path": "members", "value": [member]})
    scim.find("/Users", 'emails.value eq "Private@example.com"')
    scim.find("/Users", 'userName sw "ADA@exa"')
    scim.find("/Users", 'not (userName ne "ada@example.com")')
    scim.patch(f"/Users/{user['id']}", {"op": "replace", "path": "userName", "value": "lovelace@example.com"})
    scim.post("/Users", {"userName": "Lovelace@example.com", "title": ["wrong"]})
    scim.delete(f"/Users/{user['id']}")
    service.service.logbook.flush()
    purging.purge(service.database, scim.connected.organization, user["id"])
    left = lines(service, scim)
    told = str(left).lower()
    assert not [word for word in ("lovelace", "private@", user["id"]) if word in told]
    assert other["id"] in told
    assert "ada@example.com" not in told


def test_old_lines_are_pruned(service: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    scim = service.scim()
    scim.a_user()
    assert len(lines(service, scim)) == 1
    organization = scim.connected.organization
    assert logbook.prune(service.database, organization, service.settings) == 0
    monkeypatch.setattr(logbook, "now", lambda: datetime(2999, 1, 1, tzinfo=UTC))
    assert logbook.prune(service.database, organization, service.settings) == 1
    assert lines(service, scim) == []
