"""An administrator brings people back, and the end of retention takes them for good."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from optiid import clock
from optiid.errors import ConflictError, NotFoundError, UnavailableError
from optiid.services import directory, logbook, organization_rules, purging, restoring, roles, upkeep
from optiid.services.roles import Subject
from tests.events import directory_events

INACTIVE = {"op": "replace", "path": "active", "value": False}
PERSON = {"emails": [{"value": "ada@example.com"}], "displayName": "Ada L", "name": {"givenName": "Ada"}}
TO_PURGE = {
    "emails": [{"value": "zebulon@quixotic.example"}],
    "displayName": "Zebulon Q",
    "name": {"givenName": "Zebulon"},
}


@pytest.fixture
def scim(service: Any) -> Any:
    return service.scim()


@pytest.fixture
def organization(scim: Any) -> str:
    found: str = scim.connected.organization
    return found


def kinds(service: Any, organization: str) -> list[str]:
    found = directory_events(service.database, organization)
    return [event["kind"] for event in found]


def acts(service: Any, organization: str) -> list[tuple[str, str]]:
    sql = "SELECT action, target FROM audit_entry WHERE organization = ? ORDER BY sequence"
    found = service.database.reading(lambda: service.database.rows(sql, (organization,)))
    return [(action, target) for action, target in found]


@pytest.mark.parametrize("how", ["deactivated", "deleted"])
def test_restored_user_is_back_on_both_planes(service: Any, scim: Any, organization: str, how: str) -> None:
    user = scim.a_user("ada@example.com", **PERSON)
    group = scim.a_group("Crew", members=[user["id"]])
    path = f"/Users/{user['id']}"
    scim.delete(path) if how == "deleted" else scim.patch(path, INACTIVE)
    before = scim.get(f"/Groups/{group['id']}").headers["ETag"]
    restored = restoring.restore(service.database, organization, "ADA@example.com")
    assert restored.id == user["id"]
    back = scim.get(path).body
    assert (back["active"], back["emails"], back["groups"][0]["value"]) == (True, PERSON["emails"], group["id"])
    assert directory.user(service.database, organization, user["id"])["groups"][0]["displayName"] == "Crew"
    assert (scim.get(f"/Groups/{group['id']}").headers["ETag"] != before) is (how == "deleted")
    assert kinds(service, organization)[-1] == "user.restored"
    assert acts(service, organization)[-1] == ("user.restored", user["id"])


def test_name_that_is_taken_by_now_is_told(service: Any, scim: Any, organization: str) -> None:
    user = scim.a_user("bo@example.com")
    scim.delete(f"/Users/{user['id']}")
    other = scim.a_user("bo@example.com")
    with pytest.raises(ConflictError, match=r"belongs to a living user by now: rename or remove"):
        restoring.restore(service.database, organization, user["id"])
    scim.patch(f"/Users/{other['id']}", INACTIVE)
    restoring.restore(service.database, organization, user["id"])
    assert [scim.get(f"/Users/{one['id']}").status for one in (user, other)] == [200, 404]


def test_name_that_another_connection_has_by_now_is_told(service: Any, scim: Any, organization: str) -> None:
    user = scim.a_user("cy@example.com")
    scim.patch(f"/Users/{user['id']}", INACTIVE)
    service.scim(organization=organization).a_user("cy@example.com")
    with pytest.raises(ConflictError, match="belongs to a living user"):
        restoring.restore(service.database, organization, user["id"])
    assert scim.get(f"/Users/{user['id']}").body["active"] is False


def test_name_that_several_bore_needs_an_id(service: Any, scim: Any, organization: str) -> None:
    made = []
    for _ in range(2):
        made.append(scim.a_user("di@example.com")["id"])
        scim.delete(f"/Users/{made[-1]}")
    with pytest.raises(ConflictError, match=f"2 users bore the name.*{made[0]}, {made[1]}"):
        restoring.restore(service.database, organization, "di@example.com")
    assert restoring.restore(service.database, organization, made[0]).id == made[0]


def test_nobody_else_is_restored(service: Any, scim: Any, organization: str) -> None:
    user = scim.a_user("ed@example.com")
    stranger = service.scim()
    theirs = stranger.a_user("fay@example.com")
    stranger.delete(f"/Users/{theirs['id']}")
    for ident in (user["id"], theirs["id"], "nobody"):
        with pytest.raises(NotFoundError, match="is deactivated or deleted here"):
            restoring.restore(service.database, organization, ident)


def test_deleted_people_are_listed_by_pages(service: Any, scim: Any, organization: str) -> None:
    users = [scim.a_user(f"gus{number}@example.com") for number in range(3)]
    scim.a_user("living@example.com")
    scim.patch(f"/Users/{users[0]['id']}", INACTIVE)
    for user in users[1:]:
        scim.delete(f"/Users/{user['id']}")
    first = restoring.list_some(service.database, organization, limit=2)
    assert [(one["userName"], one["deleted_at"] is None) for one in first] == [
        ("gus0@example.com", True),
        ("gus1@example.com", False),
    ]
    rest = restoring.list_some(service.database, organization, after=first[-1]["id"])
    assert [one["id"] for one in rest] == [users[2]["id"]]


def traces(service: Any, *texts: str) -> list[tuple[str, str]]:
    """Where in the whole database a text is, whatever its case."""
    found = []
    database = service.database
    for table in database.reading(database.engine.get_tables):
        rows = database.reading(lambda table=table: database.rows(f"SELECT * FROM {table}"))
        for row in rows:
            told = " ".join(map(str, row)).lower()
            found += [(table, text) for text in texts if text.lower() in told]
    return found


def test_roles_of_who_is_purged_end_with_an_event(service: Any, scim: Any, organization: str) -> None:
    user, stays = scim.a_user()["id"], scim.a_user()["id"]
    for one in (user, stays):
        roles.grant(service.database, organization, "admin-center", "administrator", Subject("user", one))
    scim.delete(f"/Users/{user}")
    assert "access.revoked" not in kinds(service, organization)
    purging.purge(service.database, organization, user)
    assert kinds(service, organization)[-2:] == ["access.revoked", "user.purged"]
    assert acts(service, organization)[-2:] == [("access.revoked", user), ("user.purged", user)]


def test_end_of_retention_leaves_nothing_of_the_person(
    service: Any, organization: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    scim = service.scim(organization=organization, settings={"record_requests": True})
    user = scim.a_user("zebulon@quixotic.example", externalId="zeb-ext-9", **TO_PURGE)
    scim.a_group(members=[user["id"]])
    scim.post("/Users", {"userName": "Zebulon@quixotic.example"})
    scim.find("/Users", 'userName eq "zebulon@quixotic.example"')
    for search in ('externalId eq "ZEB-ext-9"', 'name.givenName co "Zebulon"', 'title eq "Duke of Quixotic" or id pr'):
        assert scim.find("/Users", search).status == scim.post("/Users/.search", {"filter": search}).status == 200
    scim.patch(f"/Users/{user['id']}", {"op": "replace", "path": "title", "value": "Duke of Quixotic"})
    scim.patch(f"/Users/{user['id']}", {"op": "remove", "path": "title"})
    scim.find("/Users", 'userName eq "somebody@else.example"')
    scim.delete(f"/Users/{user['id']}")
    service.service.logbook.flush()
    texts = ("zebulon", "quixotic", "zeb-ext-9")
    assert traces(service, *texts)
    assert purging.purge_due(service.database, organization, 30) == 0
    now = clock.now() + timedelta(days=31)
    monkeypatch.setattr(purging, "now", lambda: now)
    assert purging.purge_due(service.database, organization, 40) == 0
    assert upkeep.run(service.database, service.settings)["purged users"] >= 1
    assert traces(service, *texts) == []
    assert {table for table, _ in traces(service, "somebody")} == {"logbook", "request_log"}
    assert kinds(service, organization)[-2:] == ["user.deleted", "user.purged"]
    assert acts(service, organization)[-1] == ("user.purged", user["id"])
    assert purging.purge_due(service.database, organization, 30) == 0
    with pytest.raises(NotFoundError):
        restoring.restore(service.database, organization, user["id"])


def test_rules_shorten_the_retention(service: Any) -> None:
    scim = service.scim(settings={"brake": False})
    organization = scim.connected.organization
    organization_rules.change(service.database, organization, {"retention_days": 0})
    for number in range(purging.SLICE + 1):
        scim.delete(f"/Users/{scim.a_user(f'hal{number}@example.com')['id']}")
    kept = scim.a_user("ivy@example.com")
    scim.patch(f"/Users/{kept['id']}", INACTIVE)
    assert purging.purge_due(service.database, organization, 30) == purging.SLICE + 1
    assert scim.get(f"/Users/{kept['id']}").status == 200


def test_purge_that_was_cut_off_is_swept_up_by_the_worker(service: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def cut_off(*_: Any) -> int:
        raise UnavailableError("The database cannot be used at the moment")

    scim = service.scim()
    user = scim.a_user("una@example.com")["id"]
    scim.a_group(members=[user])
    scim.delete(f"/Users/{user}")
    service.service.logbook.flush()
    with monkeypatch.context() as broken:
        broken.setattr(purging, "sweep", cut_off)
        with pytest.raises(UnavailableError):
            purging.purge(service.database, scim.connected.organization, user)
    told = {table for table, _ in traces(service, user)}
    assert told >= {"logbook", "sweep"}
    upkeep.run(service.database, service.settings)
    assert {table for table, _ in traces(service, user)} == told - {"logbook", "sweep"}


def test_purge_of_a_short_name_leaves_the_lines_about_others(service: Any) -> None:
    scim = service.scim()
    organization = scim.connected.organization
    other, short = scim.a_user("eve@example.com")["id"], scim.a_user("e")["id"]
    scim.find("/Users", 'userName eq "e"')
    scim.delete(f"/Users/{short}")
    service.service.logbook.flush()
    purging.purge(service.database, organization, short)
    assert [line["resource"] for line in logbook.lines(service.database, organization, None, 10)] == [other]


def test_administrator_purges_who_is_gone_alone(service: Any, organization: str) -> None:
    scim = service.scim(organization=organization, settings={"inactive": "suspend"})
    user = scim.a_user("jo.purged@example.com")
    with pytest.raises(NotFoundError):
        purging.purge(service.database, organization, user["id"])
    scim.patch(f"/Users/{user['id']}", INACTIVE)
    with pytest.raises(ConflictError, match="is suspended and still listed"):
        purging.purge(service.database, organization, user["id"])
    scim.delete(f"/Users/{user['id']}")
    assert purging.purge(service.database, organization, "jo.purged@example.com") == user["id"]
    assert traces(service, "jo.purged@example.com") == []
