"""The logbook over HTTP: newest first, page by page, narrowed by person, status, time and request."""

from __future__ import annotations

from typing import Any

import pytest

from tests.administering import Admin, an_admin


@pytest.fixture
def acme(service: Any) -> tuple[Any, Admin]:
    scim = service.scim()
    return scim, an_admin(service, scim.connected.organization, "read")


def shown(admin: Admin, query: str = "") -> list[Any]:
    found: list[Any] = admin.get(f"/logbook?limit=200{query}").body["data"]
    return found


def test_writes_are_listed_newest_first(acme: tuple[Any, Admin]) -> None:
    scim, admin = acme
    users = [scim.a_user(f"user{number}@example.com") for number in range(5)]
    whole = shown(admin)
    assert [line["resource"] for line in whole] == [user["id"] for user in reversed(users)]
    assert {line["connection"] for line in whole} == {f"con_{scim.connected.connection}"}
    walked, after = [], ""
    while True:
        body = admin.get("/logbook?limit=2" + (f"&after={after}" if after else "")).body
        walked += body["data"]
        if body["next"] is None:
            break
        after = body["next"]
    # What the answer was is noted a little later.
    assert [line["id"] for line in walked] == [line["id"] for line in whole]
    assert admin.get("/logbook?after=x").status == 400


def test_lines_are_narrowed(acme: tuple[Any, Admin]) -> None:
    scim, admin = acme
    one, two = scim.a_user("one@example.com"), scim.a_user("two@example.com")
    for person in ("ONE@example.com", one["id"], f"usr_{one['id']}"):
        assert [line["resource"] for line in shown(admin, f"&person={person}")] == [one["id"]]
    request = shown(admin)[0]["request"]
    assert [line["resource"] for line in shown(admin, f"&request={request}")] == [two["id"]]
    assert len(shown(admin, f"&connection=con_{scim.connected.connection}&since=2000&until=2999")) == 2
    assert shown(admin, "&until=2000") == []
    assert admin.get("/logbook?connection=con_01920000-0000-7000-8000-000000000000").status == 404


@pytest.mark.parametrize("noun", ["logbook", "audit"])
@pytest.mark.parametrize("time", ["yesterday", "2026-11-25T08:30%2B02:00"])
def test_what_is_no_time_is_told(service: Any, noun: str, time: str) -> None:
    admin = an_admin(service, service.connect().organization, "read")
    for word in ("since", "until"):
        reply = admin.get(f"/{noun}?{word}={time}")
        assert (reply.status, "is no time in UTC" in reply.body["detail"]) == (400, True)
    assert admin.get(f"/{noun}?since=2026-01-01T00:00:00Z").status == 200
