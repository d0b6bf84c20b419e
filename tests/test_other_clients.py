"""Clients without a profile of their own are carried by `standard`; each test restates what one is known to send."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from tests.running import ENTERPRISE, GROUP, USER

if TYPE_CHECKING:
    from tests.running import InProcess, Scim


@pytest.fixture
def scim(service: InProcess) -> Scim:
    return service.scim("standard")


def named(scim: Scim, **name: str | None) -> dict[str, Any]:
    """Create a user with these parts of a name."""
    reply = scim.post("/Users", {"userName": f"{uuid4()}@example.com", "name": name})
    assert reply.status == 201, reply.body
    return reply.body


def members(scim: Scim, group: str) -> set[str]:
    return {member["value"] for member in scim.get(f"/Groups/{group}").body.get("members", [])}


def pair(scim: Scim) -> tuple[str, str, str]:
    """Return a group with two members, and their ids."""
    one, two = scim.a_user()["id"], scim.a_user()["id"]
    return scim.a_group(members=[one, two])["id"], one, two


# OneLogin


def test_nulls_and_mail_as_one_object_are_taken(scim: Scim) -> None:
    assert named(scim, givenName="Ada", middleName=None)["name"] == {"givenName": "Ada"}
    user = scim.a_user(title=None, nickName="", emails={"value": "ada@example.com"}, phoneNumbers=None)
    assert user["emails"] == [{"value": "ada@example.com"}]
    assert not {"title", "nickName", "phoneNumbers"} & set(user)


def test_element_without_content_does_no_harm(scim: Scim) -> None:
    user = scim.a_user(emails=[{"value": "ada@example.com", "type": ""}, {"value": None}], phoneNumbers=[{"value": ""}])
    assert user["emails"] == [{"value": "ada@example.com"}]
    assert "phoneNumbers" not in user


def test_member_named_by_a_filter_is_added(scim: Scim) -> None:
    group, one, two = pair(scim)
    third = scim.a_user()["id"]
    assert scim.patch(f"/Groups/{group}", {"op": "add", "path": f'members[value eq "{third}"]'}).status in (200, 204)
    assert members(scim, group) == {one, two, third}


# JumpCloud, authentik: remove with a value list; one operation for each attribute


@pytest.mark.parametrize("op", ["Remove", "remove", "REMOVE"])
def test_member_removed_by_value_list_leaves_the_others(scim: Scim, op: str) -> None:
    group, one, two = pair(scim)
    assert scim.patch(f"/Groups/{group}", {"op": op, "path": "members", "value": [{"value": one}]}).status in (200, 204)
    assert members(scim, group) == {two}


def test_empty_value_list_removes_nobody(scim: Scim) -> None:
    group, one, two = pair(scim)
    assert scim.patch(f"/Groups/{group}", {"op": "remove", "path": "members", "value": []}).status in (200, 204)
    assert members(scim, group) == {one, two}


def test_bare_remove_empties_the_group(scim: Scim) -> None:
    group, _, _ = pair(scim)
    assert scim.patch(f"/Groups/{group}", {"op": "remove", "path": "members"}).status in (200, 204)
    assert members(scim, group) == set()


def test_group_replaced_without_path_keeps_id_and_members(scim: Scim) -> None:
    group, one, two = pair(scim)
    value = {"id": group, "schemas": [GROUP], "displayName": f"Renamed {group}", "externalId": "7", "meta": {}}
    assert scim.patch(f"/Groups/{group}", {"op": "replace", "value": value}).status in (200, 204)
    assert scim.get(f"/Groups/{group}").body["displayName"] == f"Renamed {group}"
    assert members(scim, group) == {one, two}


# WSO2: members nested in a value without path, added again


def test_nested_members_are_added_and_added_again(scim: Scim) -> None:
    group, one, two = pair(scim)
    third = scim.a_user()["id"]
    operation = {"op": "add", "value": {"members": [{"display": "x", "value": third}, {"display": "y", "value": one}]}}
    for _ in range(2):
        assert scim.patch(f"/Groups/{group}", operation).status in (200, 204)
    assert members(scim, group) == {one, two, third}


# Keycloak: a double slash, an id of its own


def test_own_id_and_double_slash_do_no_harm(scim: Scim) -> None:
    reply = scim.post("//Users", {"schemas": [USER], "id": "42", "userName": "kim@example.com", "meta": {"version": 1}})
    assert reply.status == 201
    assert reply.body["id"] != "42"


# SailPoint, CyberArk: name in part, operators in any case, discovery


def test_name_is_replaced_in_part(scim: Scim) -> None:
    user = named(scim, givenName="Ada", familyName="Old")
    changed = scim.patch(f"/Users/{user['id']}", {"op": "replace", "path": "name", "value": {"familyName": "New"}}).body
    assert changed["name"] == {"givenName": "Ada", "familyName": "New"}


@pytest.mark.parametrize("text", ['userName Sw "sail"', 'USERNAME sw "SAIL"'])
def test_filter_in_any_case(scim: Scim, text: str) -> None:
    scim.a_user("sail@example.com")
    assert scim.find("/Users", text).body["totalResults"] == 1


def test_discovery_in_parts(scim: Scim) -> None:
    for path in ("/ServiceProviderConfig", "/ResourceTypes/User", f"/Schemas/{USER}", f"/Schemas/{ENTERPRISE}"):
        assert scim.get(path).status == 200


# What several send


@pytest.mark.parametrize("value", ["False", "false", False, ["false"], [False]])
def test_user_is_switched_off_in_any_form(scim: Scim, value: Any) -> None:
    user = scim.a_user()
    assert scim.patch(f"/Users/{user['id']}", {"op": "Replace", "value": {"active": value}}).status == 200
    assert scim.get(f"/Users/{user['id']}").body["active"] is False


def test_keys_with_dots_and_urns_reach_their_places(scim: Scim) -> None:
    user = named(scim, givenName="Ada")
    value = {
        "name.familyName": "Example",
        f"{ENTERPRISE}:department": "Tools",
        ENTERPRISE: {"employeeNumber": "7"},
        f"{USER}:title": "Engineer",
        "groups": [{"value": "x"}],
    }
    changed = scim.patch(f"/Users/{user['id']}", {"op": "replace", "value": value}).body
    assert changed["name"] == {"givenName": "Ada", "familyName": "Example"}
    assert changed[ENTERPRISE] == {"department": "Tools", "employeeNumber": "7"}
    assert changed["title"] == "Engineer"


def test_old_value_of_a_removal_is_never_set(scim: Scim) -> None:
    user = scim.a_user(title="Engineer")
    for _ in range(2):
        reply = scim.patch(f"/Users/{user['id']}", {"op": "Remove", "path": "title", "value": "Engineer"})
        assert reply.status == 200
        assert "title" not in reply.body


def test_mail_is_removed_by_value_list(scim: Scim) -> None:
    user = scim.a_user(emails=[{"value": "a@example.com", "type": "work"}, {"value": "b@example.com", "type": "home"}])
    operation = {"op": "remove", "path": "emails", "value": [{"value": "a@example.com", "type": "work"}]}
    assert scim.patch(f"/Users/{user['id']}", operation).body["emails"] == [{"value": "b@example.com", "type": "home"}]


def test_null_and_empty_text_unset(scim: Scim) -> None:
    user = scim.a_user(title="Engineer", nickName="A", emails=[{"value": "a@example.com"}])
    operations = [
        {"op": "replace", "path": "title", "value": None},
        {"op": "replace", "value": {"nickName": ""}},
        {"op": "replace", "path": "emails", "value": None},
    ]
    changed = scim.patch(f"/Users/{user['id']}", *operations).body
    assert not {"title", "nickName", "emails"} & set(changed)
