"""Writes that are retried, refused late, or meet each other: nothing stale is stored, nothing is half done."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from optiid.scim.resource_types import USER
from optiid.scim.versions import Conditions
from optiid.services import writing
from optiid.services.actor import Actor, Policy
from optiid.storage.resources import Scope
from tests.events import directory_events

INACTIVE = {"op": "replace", "path": "active", "value": False}


class Interrupted(Exception):  # noqa: N818 - it is none that anybody shows
    """The first run of a transaction is given up."""


class Twice:
    """A database whose transactions are given up once, while somebody else writes, and then run again."""

    def __init__(self, database: Any, meanwhile: Any) -> None:
        self._database, self._meanwhile = database, meanwhile

    def __getattr__(self, name: str) -> Any:
        return getattr(self._database, name)

    def transaction(self, work: Any, **_: Any) -> Any:
        def interrupted() -> None:
            work()
            raise Interrupted

        with pytest.raises(Interrupted):
            self._database.transaction(interrupted)
        self._meanwhile()
        return self._database.transaction(work)


def test_retried_put_brings_nobody_back(service: Any) -> None:
    scim = service.scim()
    user = scim.a_user("kept@example.com")
    actor = Actor(Scope(scim.connected.organization, scim.connected.connection), Policy())
    database = Twice(service.database, lambda: scim.patch(f"/Users/{user['id']}", INACTIVE))
    writing.replace(database, actor, USER, user["id"], {"userName": "kept@example.com"}, Conditions())  # type: ignore[arg-type]
    assert scim.get(f"/Users/{user['id']}").body["active"] is False


def test_request_that_cannot_be_answered_changes_nothing(service: Any) -> None:
    scim = service.scim()
    user = scim.a_user()
    both = "attributes=id&excludedAttributes=title"
    assert scim.post(f"/Users?{both}", {"userName": "late@example.com"}).status == 400
    assert scim.find("/Users", 'userName eq "late@example.com"').body["totalResults"] == 0
    assert scim.patch(f"/Users/{user['id']}?{both}", {"op": "add", "path": "title", "value": "x"}).status == 400
    assert scim.put(f"/Users/{user['id']}?{both}", {"userName": user["userName"], "title": "x"}).status == 400
    assert scim.get(f"/Users/{user['id']}").body == user


@pytest.mark.parametrize("value", [[], {}, None, ""])
@pytest.mark.parametrize("profile", ["standard", "entra", "okta", "pingone"])
def test_empty_value_lets_nobody_in(service: Any, profile: str, value: Any) -> None:
    scim = service.scim(profile)
    user = scim.a_user(active=False)
    assert scim.patch(f"/Users/{user['id']}", {"op": "replace", "path": "active", "value": value}).status == 400
    scim.put(f"/Users/{user['id']}", {"userName": user["userName"], "active": value})
    assert scim.get(f"/Users/{user['id']}").body["active"] is False


def test_group_that_is_deleted_while_it_becomes_a_member(service: Any) -> None:
    scim = service.scim("entra")
    outer = scim.a_group()["id"]
    inner = [scim.a_group()["id"] for _ in range(15)]

    def add(ident: str) -> int:
        value = [{"value": ident}]
        return scim.patch(f"/Groups/{outer}", {"op": "add", "path": "members", "value": value}).status

    with ThreadPoolExecutor(8) as pool:
        deleted = [pool.submit(lambda ident=ident: scim.delete(f"/Groups/{ident}").status) for ident in inner]
        added = [pool.submit(add, ident) for ident in inner]
    assert {one.result() for one in deleted} == {204}
    assert {one.result() for one in added} <= {204, 400}
    assert "members" not in scim.get(f"/Groups/{outer}").body


def test_flood_of_value_filters_is_refused(service: Any) -> None:
    scim = service.scim()
    emails = [{"value": f"m{number}@example.com"} for number in range(1000)]
    user = scim.a_user(emails=emails)
    reply = scim.patch(f"/Users/{user['id']}", {"op": "remove", "path": "emails", "value": emails})
    assert reply.status == 413
    assert len(scim.get(f"/Users/{user['id']}").body["emails"]) == 1000
    few = scim.patch(f"/Users/{user['id']}", {"op": "remove", "path": "emails", "value": emails[:20]})
    assert len(few.body["emails"]) == 980


def test_members_that_are_null_stay(service: Any) -> None:
    scim = service.scim()
    group = scim.a_group("Kept", members=[scim.a_user()["id"]])
    scim.patch(f"/Groups/{group['id']}", {"op": "replace", "value": {"displayName": "New", "members": None}})
    scim.put(f"/Groups/{group['id']}", {"displayName": "New", "members": None})
    found = scim.get(f"/Groups/{group['id']}").body
    assert (found["displayName"], len(found["members"])) == ("New", 1)


@pytest.mark.parametrize("value", [None, ""])
def test_nothing_inside_a_complex_value_removes(service: Any, value: Any) -> None:
    scim = service.scim()
    user = scim.a_user()
    scim.patch(f"/Users/{user['id']}", {"op": "add", "path": "name.givenName", "value": "A"})
    for operation in (
        {"op": "replace", "path": "name", "value": {"middleName": value}},
        {"op": "replace", "value": {"name": {"middleName": value}}},
    ):
        scim.patch(f"/Users/{user['id']}", {"op": "add", "path": "name.middleName", "value": "B"})
        assert scim.patch(f"/Users/{user['id']}", operation).body["name"] == {"givenName": "A"}


def test_replace_by_a_value_filter_replaces_the_whole_value(service: Any) -> None:
    scim = service.scim()
    user = scim.a_user(addresses=[{"type": "work", "locality": "Aarhus"}, {"type": "home", "locality": "Ry"}])
    path = 'addresses[type eq "work"]'
    new = {"type": "work", "country": "US"}
    found = scim.patch(f"/Users/{user['id']}", {"op": "replace", "path": path, "value": new}).body["addresses"]
    assert found == [new, {"type": "home", "locality": "Ry"}]
    found = scim.patch(f"/Users/{user['id']}", {"op": "add", "path": path, "value": {"region": "NY"}}).body["addresses"]
    assert found[0] == new | {"region": "NY"}


def test_member_who_is_gone_leaves_without_an_event(service: Any) -> None:
    scim = service.scim()
    gone, living = scim.a_user()["id"], scim.a_user()["id"]
    group = scim.a_group(members=[gone, living])
    scim.patch(f"/Users/{gone}", INACTIVE)
    scim.patch(f"/Groups/{group['id']}", {"op": "replace", "path": "members", "value": []})
    event = directory_events(service.database, scim.connected.organization)[-1]
    assert (event["kind"], event["payload"]) == ("group.member_removed", {"members": [living]})


def test_deleted_member_moves_no_version_and_keeps_the_row_for_a_restore(service: Any) -> None:
    scim = service.scim()
    user = scim.a_user()["id"]
    group = scim.a_group("Steady", members=[user])["id"]
    scim.delete(f"/Users/{user}")
    before = scim.get(f"/Groups/{group}").headers["ETag"]
    assert scim.put(f"/Groups/{group}", {"displayName": "Steady", "members": []}).headers["ETag"] == before
    rows = service.database.rows("SELECT member_id FROM membership WHERE group_id = ?", (group,))
    assert rows == [(user,)]


def test_closed_tombstones_stay_for_an_administrator(service: Any) -> None:
    scim = service.scim()
    closed = []
    for name, more in (("one@example.com", {"externalId": "e1"}), ("two@example.com", {}), ("three@example.com", {})):
        closed.append(scim.a_user(name, **more)["id"])
    for ident in closed[:2]:
        scim.patch(f"/Users/{ident}", INACTIVE)
    scim.a_user("one@example.com", externalId="e2")
    other = scim.a_user("other@example.com")["id"]
    scim.patch(f"/Users/{other}", {"op": "replace", "path": "userName", "value": "two@example.com"})
    scim.delete(f"/Users/{closed[2]}")
    for ident in closed:
        assert scim.get(f"/Users/{ident}").status == 404
        rows = service.database.rows("SELECT state, removed_at FROM resource WHERE id = ?", (ident,))
        assert [(state, bool(removed_at)) for state, removed_at in rows] == [("gone", True)]


def test_user_whose_active_was_removed_is_found_as_active(service: Any) -> None:
    scim = service.scim("standard")
    user = scim.a_user()
    scim.patch(f"/Users/{user['id']}", {"op": "remove", "path": "active"})
    assert scim.find("/Users", "active eq true").body["totalResults"] == 1
