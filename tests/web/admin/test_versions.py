"""ETag and If-Match: a change that was meant for another version is refused, and changes nothing."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.administering import Admin, an_admin

OLD = {"If-Match": 'W/"99"'}


@pytest.fixture
def admin(service: Any) -> Admin:
    return an_admin(service, service.connect().organization)


def changed(admin: Admin, path: str, first: Any, second: Any) -> None:
    known = admin.get(path)
    tag = known.headers["ETag"]
    assert admin.patch(path, first, headers=OLD).status == 412
    assert admin.get(path).body == known.body
    reply = admin.patch(path, first, headers={"If-Match": tag})
    assert reply.status == 200
    assert reply.headers["ETag"] == admin.get(path).headers["ETag"] != tag
    assert admin.patch(path, second, headers={"If-Match": tag}).status == 412
    assert admin.patch(path, second, headers={"If-Match": "*"}).status == 200
    assert admin.patch(path, first).status == 200


def test_users_and_groups(admin: Admin) -> None:
    user = admin.post("/users", {"attributes": {"userName": "a"}}).body["id"]
    group = admin.post("/groups", {"attributes": {"displayName": "a"}}).body["id"]
    changed(admin, f"/users/{user}", {"attributes": {"title": "x"}}, {"attributes": {"title": "y"}})
    changed(admin, f"/groups/{group}", {"attributes": {"displayName": "x"}}, {"attributes": {"displayName": "y"}})
    for path in (f"/users/{user}", f"/groups/{group}"):
        assert admin.delete(path, headers=OLD).status == 412
        assert admin.delete(path, headers={"If-Match": admin.get(path).headers["ETag"]}).status == 204


def test_connections(admin: Admin) -> None:
    connection = admin.post("/connections", {"profile": "standard"}).body["id"]
    one, two = {"settings": {"require_if_match": True}}, {"settings": {"require_if_match": None}}
    changed(admin, f"/connections/{connection}", one, two)
    path = f"/connections/{connection}?fate=delete"
    assert admin.delete(path, headers=OLD).status == 412
    tag = admin.get(f"/connections/{connection}").headers["ETag"]
    assert admin.delete(path, headers={"If-Match": tag}).status == 200


def test_rules(service: Any) -> None:
    admin = an_admin(service, "")
    organization = admin.post("/organizations", {"name": "Ruled"}).body["id"]
    changed(admin, f"/organizations/{organization}/rules", {"retention_days": 5}, {"retention_days": None})


def test_adoption_is_approved_as_it_was_seen(service: Any) -> None:
    scim = service.scim(settings={"adopt": "ask"})
    admin, wanted = an_admin(service, scim.connected.organization), {"userName": "ada@example.com"}
    user = admin.post("/users", {"attributes": wanted}).body["id"]
    assert scim.post("/Users", wanted).status == 409
    (listed,) = admin.get("/adoptions").body["data"]
    path, connection = f"/adoptions/{listed['id']}", f"/connections/con_{scim.connected.connection}"
    tag = admin.get(path).headers["ETag"]
    assert listed["seen"] in tag
    assert scim.post("/Users", wanted | {"title": "Root"}).status == 409
    assert admin.post(f"{path}/approve").status == 428
    for outdated in (tag, "*", "nonsense"):
        assert admin.post(f"{path}/approve", headers={"If-Match": outdated}).status == 412
    (decision,) = admin.post(f"{connection}/adoptions/approve", {"seen": [listed["seen"]]}).body["decisions"]
    assert (decision["approved"], "not as it was seen" in decision["reason"]) == (False, True)
    assert admin.get(f"/users/{user}").body["connection"] is None
    tag = admin.get(path).headers["ETag"]
    assert admin.post(f"{path}/approve", headers={"If-Match": tag}).status == 200


@pytest.mark.parametrize("noun", ["users", "connections", "rules"])
def test_one_of_many_who_mean_the_same_version_wins(live: Any, noun: str) -> None:
    organization = live.connect().organization
    admin = an_admin(live, organization)
    paths = {
        "users": lambda: f"/users/{admin.post('/users', {'attributes': {'userName': 'a'}}).body['id']}",
        "connections": lambda: f"/connections/{admin.post('/connections', {'profile': 'standard'}).body['id']}",
        "rules": lambda: f"/organizations/org_{organization}/rules",
    }
    path = paths[noun]()
    tag = admin.get(path).headers["ETag"]

    def change(number: int) -> int:
        bodies: dict[str, Any] = {
            "users": {"attributes": {"title": str(number)}},
            "connections": {"settings": {"page_size": number + 1}},
            "rules": {"retention_days": number},
        }
        return admin.patch(path, bodies[noun], headers={"If-Match": tag}).status

    with ThreadPoolExecutor(8) as pool:
        statuses = sorted(pool.map(change, range(8)))
    assert statuses == [200] + [412] * 7
