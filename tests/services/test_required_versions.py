"""A connection may want If-Match with every change, so that no client overwrites what it has not seen."""

from __future__ import annotations

from typing import Any

import pytest

from optiid.services import connections


@pytest.fixture
def careful(service: Any) -> Any:
    return service.scim(settings={"require_if_match": True})


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_change_without_a_version_is_428(careful: Any, method: str) -> None:
    user = careful.a_user()
    path = f"/Users/{user['id']}"
    body = {"Operations": [{"op": "add", "path": "title", "value": "x"}]} if method == "PATCH" else user
    reply = careful.request(method, path, body)
    assert reply.status == 428
    assert user["meta"]["version"] in reply.body["detail"]
    assert careful.get(path).body == user
    assert careful.request(method, path, body, headers={"If-Match": 'W/"9"'}).status == 412
    assert careful.request(method, path, body, headers={"If-Match": user["meta"]["version"]}).status in (200, 204)


def test_members_are_changed_under_the_version_of_the_group(careful: Any) -> None:
    user, group = careful.a_user(), careful.a_group()
    add = {"op": "add", "path": "members", "value": [{"value": user["id"]}]}
    path = f"/Groups/{group['id']}"
    assert careful.patch(path, add).status == 428
    assert careful.patch(path, add, headers={"If-Match": group["meta"]["version"]}).status == 200
    assert careful.patch(path, add, headers={"If-Match": group["meta"]["version"]}).status == 412


def test_reading_and_creating_need_no_version(careful: Any) -> None:
    user = careful.a_user()
    assert careful.get(f"/Users/{user['id']}").status == 200
    assert careful.get(f"/Users/{user['id']}", headers={"If-Match": 'W/"9"'}).status == 412
    assert careful.post("/Users/.search", {}).status == 200


def test_setting_holds_from_the_next_request_on(service: Any) -> None:
    scim = service.scim()
    path = f"/Users/{scim.a_user()['id']}"
    for value, status in ((True, 428), (None, 200)):
        registry, ident = service.service.profiles.registry, scim.connected.connection
        connections.change_settings(service.database, registry, ident, {"require_if_match": value})
        assert scim.patch(path, {"op": "add", "path": "title", "value": "x"}).status == status
