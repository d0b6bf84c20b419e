"""Writers side by side lose nothing (rule R7): through a live gunicorn with two workers, on both databases."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from optiid.services import extension_schemas
from tests.events import directory_events

WRITERS = 16


def at_once(work: Any, arguments: list[Any]) -> list[Any]:
    with ThreadPoolExecutor(max_workers=len(arguments)) as pool:
        return list(pool.map(work, arguments))


def test_writers_of_one_group_lose_no_member(live: Any) -> None:
    scim = live.scim()
    users = at_once(lambda _: scim.a_user()["id"], list(range(WRITERS)))
    group = scim.a_group()

    def add(ident: str) -> int:
        value = [{"value": ident}]
        return scim.patch(f"/Groups/{group['id']}", {"op": "add", "path": "members", "value": value}).status

    assert at_once(add, users) == [200] * WRITERS
    found = scim.get(f"/Groups/{group['id']}").body
    assert {member["value"] for member in found["members"]} == set(users)
    assert found["meta"]["version"] == f'W/"{WRITERS + 1}"'
    events = directory_events(live.database, scim.connected.organization)
    assert [event["sequence"] for event in events] == list(range(1, 2 * WRITERS + 2))
    added = [
        member for event in events if event["kind"] == "group.member_added" for member in event["payload"]["members"]
    ]
    assert sorted(added) == sorted(users)


def test_creates_of_one_name_give_one_user(live: Any) -> None:
    scim = live.scim()
    names = [("Same@Example.com" if number % 2 else "same@example.com") for number in range(WRITERS)]
    replies = at_once(lambda name: scim.post("/Users", {"userName": name}), names)
    assert sorted(reply.status for reply in replies) == [201] + [409] * (WRITERS - 1)
    assert {reply.body["scimType"] for reply in replies if reply.status == 409} == {"uniqueness"}
    assert scim.get("/Users").body["totalResults"] == 1


def test_revivals_of_one_tombstone_give_one_201(live: Any) -> None:
    scim = live.scim()
    user = scim.a_user("again@example.com")
    scim.patch(f"/Users/{user['id']}", {"op": "replace", "path": "active", "value": False})
    replies = at_once(lambda _: scim.post("/Users", {"userName": "again@example.com"}), list(range(WRITERS)))
    assert sorted(reply.status for reply in replies) == [201] + [409] * (WRITERS - 1)
    assert next(reply.body["id"] for reply in replies if reply.status == 201) == user["id"]


def test_creates_of_one_unique_value_give_one_user(live: Any) -> None:
    scim = live.scim()
    attributes = [{"name": "number", "uniqueness": "server"}]
    document = {"id": "urn:example:Badge", "attributes": attributes}
    extension_schemas.add(live.database, scim.connected.organization, document)

    def create(number: int) -> int:
        badge = {"number": "N7" if number % 2 else "n7"}
        return scim.post("/Users", {"userName": f"user{number}", "urn:example:Badge": badge}).status

    assert sorted(at_once(create, list(range(WRITERS)))) == [201] + [409] * (WRITERS - 1)
    assert scim.find("/Users", 'urn:example:Badge:number eq "N7"').body["totalResults"] == 1
    assert scim.get("/Users").body["totalResults"] == 1


def test_patches_of_different_attributes_all_stay(live: Any) -> None:
    scim = live.scim()
    user = scim.a_user()
    names = ["title", "nickName", "displayName", "userType", "locale", "timezone", "preferredLanguage", "externalId"]

    def patch(name: str) -> int:
        return scim.patch(f"/Users/{user['id']}", {"op": "replace", "path": name, "value": f"new {name}"}).status

    assert at_once(patch, names) == [200] * len(names)
    found = scim.get(f"/Users/{user['id']}").body
    assert {name: found[name] for name in names} == {name: f"new {name}" for name in names}
    assert found["meta"]["version"] == f'W/"{len(names) + 1}"'


def test_one_of_many_conditional_changes_wins(live: Any) -> None:
    scim = live.scim()
    user = scim.a_user()
    version = user["meta"]["version"]

    def patch(number: int) -> int:
        operation = {"op": "replace", "path": "title", "value": f"title {number}"}
        return scim.patch(f"/Users/{user['id']}", operation, headers={"If-Match": version}).status

    assert sorted(at_once(patch, list(range(12)))) == [200] + [412] * 11
