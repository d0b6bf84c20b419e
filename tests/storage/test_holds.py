"""Rows of holds: one open hold for a user, settled once; and users who are off the SCIM plane while they live."""

from __future__ import annotations

from typing import Any

import pytest

from optiid.clock import new_id, timestamp
from optiid.errors import UnavailableError
from optiid.scim.resource_types import USER
from optiid.storage import holds, resources
from optiid.storage.holds import Hold
from optiid.storage.resources import NameTakenError


def place(service: Any, connected: Any, user: str, asked: str = "deactivate") -> Hold:
    made = Hold(connected.organization, new_id(), user, connected.connection, asked, "brake", "request-1", timestamp())
    service.database.transaction(lambda: holds.place(service.database, made))
    return made


def test_user_has_one_open_hold_and_a_history(service: Any) -> None:
    scim, database = service.scim(), service.database
    organization, user = scim.connected.organization, scim.a_user("ada@example.com")["id"]
    first = place(service, scim.connected, user)
    with pytest.raises(UnavailableError):
        database.transaction(lambda: holds.place(database, first))
    assert database.transaction(lambda: holds.ask(database, organization, user, "delete", "request-2")) == first.id
    found = database.transaction(lambda: holds.open_of(database, organization, user))
    assert (found.asked, found.request, found.display) == ("delete", "request-2", "ada@example.com")
    settle = lambda: holds.settle(database, organization, [user], "rejected", "command-line")  # noqa: E731 - twice
    assert database.transaction(settle) == [(first.id, user)]
    assert database.transaction(settle) == []
    assert database.transaction(lambda: holds.ask(database, organization, user, "delete", "")) is None
    second = place(service, scim.connected, user)
    assert [one.id for one in holds.history(database, organization, user)] == [first.id, second.id]
    known = holds.find(database, organization, first.id)
    assert known is not None
    assert (known.state, known.settled_by, known.settled_at is None) == ("rejected", "command-line", False)
    assert holds.find(database, "elsewhere", first.id) is None
    assert holds.open_of(database, "elsewhere", user) is None


def test_holds_are_listed_by_connection_and_follow_users(service: Any) -> None:
    scim, database = service.scim(), service.database
    organization = scim.connected.organization
    other = service.connect(organization=organization)
    made = [place(service, scim.connected, scim.a_user()["id"]) for _ in range(3)]
    moved = place(service, other, service.as_(other).a_user()["id"])
    assert [one.id for one in holds.page(database, organization)] == [*[one.id for one in made], moved.id]
    first = holds.page(database, organization, scim.connected.connection, limit=2)
    rest = holds.page(database, organization, scim.connected.connection, first[-1].id)
    assert [one.id for one in first + rest] == [one.id for one in made]
    database.transaction(lambda: holds.rehome(database, organization, [made[0].resource], other.connection))
    database.transaction(lambda: holds.settle(database, organization, [made[1].resource], "released", "worker"))
    assert {connection: number for connection, number, _ in holds.counts(database, organization)} == {
        scim.connected.connection: 1,
        other.connection: 2,
    }
    assert len(holds.page(database, organization)) == 3
    assert len(holds.page_of_all(database, organization)) == 4
    assert len(holds.page_of_all(database, organization, other.connection)) == 2


def test_hidden_user_lives_and_is_shown_again(service: Any) -> None:
    scim, database = service.scim(), service.database
    organization, connection = scim.connected.organization, scim.connected.connection
    user = scim.a_user("bo@example.com")
    group = scim.a_group(members=[user["id"]])
    stored = database.transaction(lambda: holds.lock(database, organization, user["id"])).stored
    database.transaction(lambda: holds.hide(database, stored))
    assert scim.get(f"/Users/{user['id']}").status == 404
    after = scim.get(f"/Groups/{group['id']}")
    assert ("members" in after.body, after.headers["ETag"]) == (False, 'W/"2"')
    held = database.transaction(lambda: holds.lock(database, organization, user["id"]))
    assert (held.hidden, held.stored.state) == (True, "living")
    found = database.transaction(lambda: holds.hidden_by_name(database, organization, connection, stored.name_key))
    assert found.id == user["id"]
    database.transaction(lambda: holds.show(database, stored))
    assert (scim.get(f"/Users/{user['id']}").status, scim.get(f"/Groups/{group['id']}").headers["ETag"]) == (
        200,
        'W/"3"',
    )
    gone = database.transaction(lambda: holds.hidden_by_name(database, organization, connection, stored.name_key))
    assert gone is None
    assert database.transaction(lambda: holds.lock(database, organization, "nobody")) is None


def test_name_that_was_given_away_keeps_the_user_hidden(service: Any) -> None:
    scim, database = service.scim(), service.database
    organization = scim.connected.organization
    user = scim.a_user("cy@example.com")
    stored = database.transaction(lambda: holds.lock(database, organization, user["id"])).stored
    scope = resources.Scope(organization, scim.connected.connection)
    database.transaction(lambda: holds.hide(database, stored))
    database.transaction(
        lambda: resources.insert(database, scope, USER, new_id(), {"userName": "cy@example.com"}, "planned")
    )
    with pytest.raises(NameTakenError):
        database.transaction(lambda: holds.show(database, stored))


@pytest.mark.parametrize(
    ("statement", "index"),
    [
        ("_OPEN", "hold_open"),
        ("_ASK", "hold_open"),
        ("_HISTORY", "hold_resource"),
        ("_HIDDEN_BY_NAME", "resource_living_name"),
    ],
)
def test_holds_are_found_by_their_indexes(service: Any, statement: str, index: str) -> None:
    if service.database.dialect.name != "sqlite":
        pytest.skip("SQLite tells a plan without rows")
    sql = service.database.dialect.fixed(getattr(holds, statement))
    plan = service.database.rows(f"EXPLAIN QUERY PLAN {sql}", [""] * sql.count("?"))
    steps = [str(row[-1]) for row in plan]
    assert any(index in step for step in steps), steps
    assert not [step for step in steps if step.startswith("SCAN") and index not in step], steps
