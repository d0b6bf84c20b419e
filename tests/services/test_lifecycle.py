"""Deprovisioning, restoring and names as product.md section 3 has them, seen through HTTP and the directory."""

from __future__ import annotations

from typing import Any

import pytest

from optiid.services import directory
from tests.events import directory_events

INACTIVE = {"op": "replace", "path": "active", "value": False}
ACTIVE = {"op": "replace", "path": "active", "value": True}


@pytest.fixture
def scim(service: Any) -> Any:
    return service.scim()


@pytest.fixture
def listed(service: Any, scim: Any) -> Any:
    """The names the directory lists."""
    return lambda: {user["userName"] for user in directory.users(service.database, scim.connected.organization)}


@pytest.fixture
def kinds(service: Any, scim: Any) -> Any:
    """The kinds of all events so far."""
    return lambda: [event["kind"] for event in directory_events(service.database, scim.connected.organization)]


def test_deactivated_user_is_gone_from_directory_and_stays_on_scim_plane(scim: Any, listed: Any, kinds: Any) -> None:
    user = scim.a_user("ada@example.com")
    group = scim.a_group(members=[user["id"]])
    scim.patch(f"/Users/{user['id']}", INACTIVE)
    assert listed() == set()
    assert scim.get(f"/Users/{user['id']}").body["active"] is False
    assert scim.find("/Users", 'userName eq "ada@example.com"').body["totalResults"] == 1
    assert [member["value"] for member in scim.get(f"/Groups/{group['id']}").body["members"]] == [user["id"]]
    assert kinds() == ["user.created", "group.created", "group.member_added", "user.deleted"]


def test_directory_hides_member_who_is_gone_and_counts_them_again(service: Any, scim: Any, kinds: Any) -> None:
    user = scim.a_user()
    group = scim.a_group("Crew", members=[user["id"]])
    organization = scim.connected.organization
    scim.patch(f"/Users/{user['id']}", INACTIVE)
    assert directory.group(service.database, organization, "crew")["members"] == []
    scim.patch(f"/Users/{user['id']}", ACTIVE)
    members = directory.group(service.database, organization, group["id"])["members"]
    assert [member["id"] for member in members] == [user["id"]]
    assert directory.user(service.database, organization, user["id"])["groups"][0]["displayName"] == "Crew"
    assert kinds()[-1] == "user.restored"


def test_repeated_deactivation_changes_nothing(scim: Any, kinds: Any) -> None:
    user = scim.a_user()
    first = scim.patch(f"/Users/{user['id']}", INACTIVE).body["meta"]
    second = scim.patch(f"/Users/{user['id']}", INACTIVE).body["meta"]
    assert first == second
    assert kinds() == ["user.created", "user.deleted"]


def test_put_without_active_leaves_it(scim: Any, listed: Any) -> None:
    user = scim.a_user("bo@example.com")
    scim.patch(f"/Users/{user['id']}", INACTIVE)
    reply = scim.put(f"/Users/{user['id']}", {"userName": "bo@example.com", "title": "Clerk"})
    assert (reply.status, reply.body["active"]) == (200, False)
    assert listed() == set()


def test_remove_of_active_is_refused_where_the_profile_says_nothing(service: Any) -> None:
    scim = service.scim("entra")
    user = scim.a_user()
    scim.patch(f"/Users/{user['id']}", INACTIVE)
    for operation in ({"op": "remove", "path": "active"}, {"op": "replace", "path": "active", "value": None}):
        assert scim.patch(f"/Users/{user['id']}", operation).status == 400
    assert scim.get(f"/Users/{user['id']}").body["active"] is False


def test_remove_of_active_can_be_had_for_the_active_alone(service: Any) -> None:
    scim = service.scim(settings={"removed_active": "if_active"})
    user = scim.a_user("abe@example.com")
    path = f"/Users/{user['id']}"
    assert "active" not in scim.patch(path, {"op": "remove", "path": "active"}).body
    scim.patch(path, INACTIVE)
    reply = scim.patch(path, {"op": "remove", "path": "active"})
    assert (reply.status, reply.body["scimType"]) == (400, "mutability")
    assert scim.get(path).body["active"] is False


def test_remove_of_active_means_true_where_the_profile_says_so(scim: Any, listed: Any) -> None:
    user = scim.a_user("abe@example.com")
    scim.patch(f"/Users/{user['id']}", INACTIVE)
    for value in (None, ""):
        assert scim.patch(f"/Users/{user['id']}", {"op": "replace", "path": "active", "value": value}).status == 400
    reply = scim.patch(f"/Users/{user['id']}", {"op": "remove", "path": "active"})
    assert reply.status == 200
    assert "active" not in reply.body
    assert listed() == {"abe@example.com"}


def test_delete_answers_404_afterwards_and_frees_the_name(scim: Any, listed: Any, kinds: Any) -> None:
    user = scim.a_user("cy@example.com")
    path = f"/Users/{user['id']}"
    assert scim.delete(path).status == 204
    assert [scim.get(path).status, scim.delete(path).status, scim.patch(path, ACTIVE).status] == [404, 404, 404]
    assert scim.put(path, {"userName": "cy@example.com"}).status == 404
    assert scim.find("/Users", 'userName eq "cy@example.com"').body["totalResults"] == 0
    again = scim.a_user("cy@example.com")
    assert again["id"] != user["id"]
    assert listed() == {"cy@example.com"}
    assert kinds() == ["user.created", "user.deleted", "user.created"]


def test_deleted_user_leaves_groups_and_moves_their_version(scim: Any) -> None:
    user = scim.a_user()
    group = scim.a_group(members=[user["id"]])
    before = scim.get(f"/Groups/{group['id']}")
    scim.delete(f"/Users/{user['id']}")
    after = scim.get(f"/Groups/{group['id']}")
    assert "members" not in after.body
    assert before.headers["ETag"] != after.headers["ETag"]
    reply = scim.patch(f"/Groups/{group['id']}", {"op": "add", "path": "members", "value": [{"value": user["id"]}]})
    assert (reply.status, reply.body["scimType"]) == (400, "invalidValue")


def test_post_revives_tombstone_of_the_name(scim: Any, kinds: Any) -> None:
    user = scim.a_user("Di@example.com", externalId="e1")
    group = scim.a_group(members=[user["id"]])
    scim.patch(f"/Users/{user['id']}", INACTIVE)
    reply = scim.post("/Users", {"userName": "di@EXAMPLE.com", "title": "Back"})
    assert (reply.status, reply.body["id"], reply.body["active"]) == (201, user["id"], True)
    assert reply.body["title"] == "Back"
    assert [entry["value"] for entry in reply.body["groups"]] == [group["id"]]
    assert kinds()[-1] == "user.restored"


def test_post_with_other_external_id_is_another_person(scim: Any) -> None:
    user = scim.a_user("ed@example.com", externalId="e1")
    scim.patch(f"/Users/{user['id']}", INACTIVE)
    other = scim.a_user("ed@example.com", externalId="e2")
    assert other["id"] != user["id"]
    assert scim.get(f"/Users/{user['id']}").status == 404


def test_post_of_living_name_conflicts_whatever_its_case(scim: Any) -> None:
    scim.a_user("Fay@example.com")
    reply = scim.post("/Users", {"userName": "fAY@EXAMPLE.com"})
    assert (reply.status, reply.body["scimType"]) == (409, "uniqueness")


def test_post_inactive_makes_a_tombstone(scim: Any, listed: Any, kinds: Any) -> None:
    user = scim.a_user("gus@example.com", active=False)
    assert user["active"] is False
    assert listed() == set()
    assert kinds() == []
    scim.patch(f"/Users/{user['id']}", ACTIVE)
    assert listed() == {"gus@example.com"}


def test_rename_onto_living_name_conflicts(scim: Any) -> None:
    scim.a_user("hal@example.com")
    other = scim.a_user("ivy@example.com")
    rename = {"op": "replace", "path": "userName", "value": "HAL@example.com"}
    assert scim.patch(f"/Users/{other['id']}", rename).status == 409
    assert scim.patch(f"/Users/{other['id']}", INACTIVE, rename).status == 409
    assert scim.get(f"/Users/{other['id']}").body["userName"] == "ivy@example.com"


def test_rename_onto_tombstone_closes_it(scim: Any) -> None:
    tombstone = scim.a_user("jo@example.com")
    scim.patch(f"/Users/{tombstone['id']}", INACTIVE)
    other = scim.a_user("kim@example.com")
    rename = {"op": "replace", "path": "userName", "value": "jo@example.com"}
    assert scim.patch(f"/Users/{other['id']}", rename).status == 200
    assert scim.get(f"/Users/{tombstone['id']}").status == 404


def test_rename_while_inactive_frees_the_old_name(scim: Any) -> None:
    user = scim.a_user("lou@example.com")
    grave = {"op": "replace", "path": "userName", "value": "0123abcdlou@example.com"}
    assert scim.patch(f"/Users/{user['id']}", grave, INACTIVE).status == 200
    other = scim.a_user("lou@example.com")
    back = {"op": "replace", "path": "userName", "value": "lou@example.com"}
    assert scim.patch(f"/Users/{user['id']}", back, ACTIVE).status == 409
    scim.delete(f"/Users/{other['id']}")
    assert scim.patch(f"/Users/{user['id']}", back, ACTIVE).status == 200


def test_name_of_another_connections_user_conflicts_and_its_tombstone_does_not(service: Any, scim: Any) -> None:
    other = service.scim(organization=scim.connected.organization)
    mine = scim.a_user("max@example.com")
    assert other.post("/Users", {"userName": "max@example.com"}).status == 409
    assert other.post("/Users", {"userName": "max@example.com", "active": False}).status == 409
    scim.patch(f"/Users/{mine['id']}", INACTIVE)
    theirs = other.a_user("max@example.com")
    assert theirs["id"] != mine["id"]
    assert scim.get(f"/Users/{mine['id']}").body["active"] is False
    reply = scim.patch(f"/Users/{mine['id']}", ACTIVE)
    assert (reply.status, reply.body["scimType"]) == (409, "uniqueness")


def test_system_group_names_are_taken(scim: Any) -> None:
    for name in ("Everyone", "EVERYONE", "Ｅveryone", "admin center administrators", "Admin  Center Administrators"):
        assert scim.post("/Groups", {"displayName": name}).status == 409
    group = scim.a_group()
    assert (
        scim.patch(f"/Groups/{group['id']}", {"op": "replace", "path": "displayName", "value": "everyone"}).status
        == 409
    )
