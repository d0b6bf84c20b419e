"""Statements per request (BEGIN and COMMIT aside), and that the look-ups of identity providers use their index."""

from __future__ import annotations

from typing import Any

import pytest

from tests.running import ENTERPRISE


@pytest.fixture
def scim(service: Any) -> Any:
    client = service.scim("entra")
    client.get("/Users")  # the first use of a token is noted, once in a while; then it is known for a second
    return client


def count(service: Any, work: Any) -> tuple[int, list[str]]:
    with service.database.counting() as seen:
        work()
    return len(seen), seen


def test_statements_of_reads(service: Any, scim: Any) -> None:
    user = scim.a_user("ann@example.com", emails=[{"value": "ann@example.com"}])
    assert count(service, lambda: scim.get(f"/Users/{user['id']}"))[0] <= 3
    assert count(service, lambda: scim.find("/Users", 'userName eq "ANN@example.com"'))[0] <= 3
    assert count(service, lambda: scim.find("/Users", 'userName eq "nobody@example.com"'))[0] <= 2
    assert count(service, lambda: scim.find("/Users", 'emails.value eq "ann@example.com"'))[0] <= 3


def test_statements_of_writes(service: Any, scim: Any) -> None:
    user = scim.a_user()
    group = scim.a_group()
    operations = [
        {"op": "replace", "path": "displayName", "value": "New"},
        {"op": "replace", "path": f"{ENTERPRISE}:department", "value": "Optics"},
    ]
    assert count(service, lambda: scim.patch(f"/Users/{user['id']}", *operations))[0] <= 10
    add = {"op": "add", "path": "members", "value": [{"value": user["id"]}]}
    assert count(service, lambda: scim.patch(f"/Groups/{group['id']}", add))[0] <= 9
    assert count(service, lambda: scim.post("/Users", {"userName": "budget@example.com"}))[0] <= 9


def test_adding_a_member_reads_no_other(service: Any, scim: Any) -> None:
    users = [scim.a_user()["id"] for _ in range(30)]
    group = scim.a_group(members=users[:-1])
    add = {"op": "add", "path": "members", "value": [{"value": users[-1]}]}
    number, seen = count(service, lambda: scim.patch(f"/Groups/{group['id']}", add))
    assert number <= 9, seen
    assert not [sql for sql in seen if "ORDER BY m.group_id" in sql]


def test_excluded_members_are_not_read(service: Any, scim: Any) -> None:
    group = scim.a_group(members=[scim.a_user()["id"]])
    number, seen = count(service, lambda: scim.get(f"/Groups/{group['id']}?excludedAttributes=members"))
    assert number == 1, seen
    assert not [sql for sql in seen if "membership" in sql]


def test_page_of_users_costs_what_one_costs(service: Any, scim: Any) -> None:
    for _ in range(20):
        scim.a_user()
    assert count(service, lambda: scim.get("/Users?count=10"))[0] <= 4
