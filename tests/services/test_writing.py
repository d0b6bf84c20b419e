"""PATCH as clients see it: all or nothing, within the limits, extensions kept where they were."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from optiid.clock import new_id
from tests.running import USER, InProcess, settings_in

if TYPE_CHECKING:
    from pathlib import Path

OTHER = "urn:example:other"


def test_failing_operation_leaves_the_resource_as_it_was(service: Any) -> None:
    scim = service.scim()
    user = scim.a_user(title="Clerk")
    reply = scim.patch(
        f"/Users/{user['id']}",
        {"op": "replace", "path": "title", "value": "Boss"},
        {"op": "replace", "path": 'emails[type eq "work"].value', "value": "b@example.com"},
    )
    assert (reply.status, reply.body["scimType"]) == (400, "noTarget")
    assert scim.get(f"/Users/{user['id']}").body == user


def test_failing_member_leaves_document_and_members_as_they_were(service: Any) -> None:
    scim = service.scim()
    group = scim.a_group(members=[scim.a_user()["id"]])
    reply = scim.patch(
        f"/Groups/{group['id']}",
        {"op": "replace", "value": {"displayName": "Another", "members": []}},
        {"op": "add", "path": "members", "value": [{"value": new_id()}]},
    )
    assert (reply.status, reply.body["scimType"]) == (400, "invalidValue")
    assert scim.get(f"/Groups/{group['id']}").body == group


def test_patch_and_put_take_the_same_number_of_members(tmp_path: Path) -> None:
    service = InProcess(settings_in(tmp_path, members_limit=2))
    scim = service.scim()
    members = [{"value": scim.a_user()["id"]} for _ in range(3)]
    group = scim.a_group()
    path, whole = f"/Groups/{group['id']}", {"schemas": group["schemas"], "displayName": group["displayName"]}
    patched = scim.patch(path, {"op": "add", "path": "members", "value": members})
    put = scim.put(path, whole | {"members": members})
    assert (patched.status, put.status) == (413, 413)
    assert "limit is 2" in patched.body["detail"]
    assert scim.patch(path, {"op": "add", "path": "members", "value": members[:2]}).status in (200, 204)
    assert scim.put(path, whole | {"members": members[:2]}).status == 200
    service.database.close()


def test_extension_without_a_schema_is_patched_where_it_is(service: Any) -> None:
    scim = service.scim(settings={"unknown_extensions": "keep"})
    user = scim.a_user(**{OTHER: {"a": 1}})
    path = f"/Users/{user['id']}"
    assert scim.patch(path, {"op": "add", "value": {OTHER: {"b": 2}}}).body[OTHER] == {"a": 1, "b": 2}
    assert scim.patch(path, {"op": "replace", "path": f"{OTHER.upper()}:a", "value": 3}).body[OTHER] == {"a": 3, "b": 2}
    after = scim.patch(path, {"op": "remove", "path": OTHER}).body
    assert after["schemas"] == [USER]
    assert not [name for name in after if name.startswith("urn:")]


def test_extension_without_a_schema_is_made_by_a_patch(service: Any) -> None:
    scim = service.scim(settings={"unknown_extensions": "keep"})
    path = f"/Users/{scim.a_user()['id']}"
    after = scim.patch(path, {"op": "add", "value": {OTHER: {"b": 2}}}).body
    assert (after["schemas"], after[OTHER]) == ([USER, OTHER], {"b": 2})


def test_value_sent_twice_is_there_once(service: Any) -> None:
    scim = service.scim()
    path = f"/Users/{scim.a_user()['id']}"
    operation = {"op": "add", "path": "emails", "value": [{"Value": "a@example.com", "shoeSize": 46, "display": None}]}
    first, second = scim.patch(path, operation), scim.patch(path, operation)
    assert second.body["emails"] == [{"value": "a@example.com"}]
    assert second.body["meta"] == first.body["meta"]
