"""Settings of one connection change what its profile does by default, and nobody else's."""

from __future__ import annotations

from typing import Any

import pytest

PHONE = {"op": "replace", "path": 'phoneNumbers[type eq "work"].value', "value": "1"}
TITLE = {"op": "replace", "path": "title", "value": "x"}


@pytest.mark.parametrize(
    ("profile", "settings", "status"),
    [
        ("standard", {}, 400),
        ("standard", {"unmatched_filter": "create"}, 200),
        ("okta", {"unmatched_filter": "create"}, 200),
        ("entra", {}, 200),
        ("entra", {"unmatched_filter": "refuse"}, 400),
    ],
)
def test_unmatched_filter_creates_or_is_refused(service: Any, profile: str, settings: Any, status: int) -> None:
    scim = service.scim(profile, settings=settings)
    reply = scim.patch(f"/Users/{scim.a_user()['id']}", PHONE)
    assert reply.status == status
    assert reply.body["scimType"] == "noTarget" if status == 400 else reply.body["phoneNumbers"][0]["value"] == "1"


def test_patch_is_answered_by_nothing_but_when_attributes_are_asked(service: Any) -> None:
    scim = service.scim(settings={"patch_answer": "nothing"})
    path = f"/Users/{scim.a_user()['id']}"
    reply = scim.patch(path, TITLE)
    assert (reply.status, reply.body, reply.headers["ETag"]) == (204, None, 'W/"2"')
    assert scim.patch(f"{path}?attributes=title", TITLE).body["title"] == "x"


def test_user_names_can_be_made_to_stay(service: Any) -> None:
    scim = service.scim(settings={"rename_users": "refuse"})
    user, group = scim.a_user("Ada"), scim.a_group()
    path = f"/Users/{user['id']}"
    for reply in (
        scim.patch(path, {"op": "replace", "path": "userName", "value": "grace"}),
        scim.put(path, {"userName": "grace"}),
    ):
        assert (reply.status, reply.body["scimType"]) == (400, "mutability")
    assert scim.put(path, {"userName": "ADA", "title": "x"}).body["title"] == "x"
    assert scim.patch(f"/Groups/{group['id']}", {"op": "replace", "path": "displayName", "value": "new"}).status == 200


def test_page_size_holds_by_default_and_at_most(service: Any) -> None:
    scim = service.scim(settings={"page_size": 2})
    for _ in range(3):
        scim.a_user()
    assert len(scim.get("/Users").body["Resources"]) == len(scim.get("/Users?count=50").body["Resources"]) == 2
    assert len(scim.get("/Users?cursor=").body["Resources"]) == 2
    told = scim.get("/ServiceProviderConfig").body
    assert (told["filter"]["maxResults"], told["pagination"]["maxPageSize"]) == (2, 2)
    other = service.scim().get("/ServiceProviderConfig").body
    assert other["filter"]["maxResults"] == service.settings.page_limit
