"""Nothing of one organization or connection is visible to, or changeable by, another (rules R1, R2, R27)."""

from __future__ import annotations

import re
from typing import Any

import pytest

from optiid.web.scim import PREFIX
from tests.bulks import patch, post, put, refer, send, statuses
from tests.running import PATCH_OP

# Every SCIM route by method and rule; one that is not listed here fails the test below, so none is forgotten.
RESOURCE_ROUTES = {
    (method, f"/{endpoint}/<ident>")
    for method in ("GET", "PUT", "PATCH", "DELETE")
    for endpoint in ("Users", "Groups", "users", "groups")
}
LIST_ROUTES = {("GET", f"/{endpoint}") for endpoint in ("Users", "Groups", "users", "groups")} | {("GET", "")}
SEARCH_ROUTES = {("POST", f"/{endpoint}/.search") for endpoint in ("Users", "Groups", "users", "groups")} | {
    ("POST", "/.search")
}
# Each of its operations is one of the routes above, and is tested as such below.
BULK_ROUTES = {("POST", "/Bulk")}
CREATE_ROUTES = {("POST", f"/{endpoint}") for endpoint in ("Users", "Groups", "users", "groups")}
SHARED_ROUTES = {
    ("GET", "/ServiceProviderConfig"),
    ("GET", "/ResourceTypes"),
    ("GET", "/ResourceTypes/<name>"),
    ("GET", "/Schemas"),
    ("GET", "/Schemas/<urn>"),
    *((method, "/Me") for method in ("GET", "POST", "PUT", "PATCH", "DELETE")),
}
# What is answered to anybody, since it is the same for all and tells of none.
PUBLIC_ROUTES = {("GET", "/openapi.json")}


def scim_routes(service: Any) -> set[tuple[str, str]]:
    return {
        (method, rule.rule.removeprefix(PREFIX))
        for rule in service.app.url_map.iter_rules()
        if rule.rule.startswith(PREFIX)
        for method in rule.methods - {"HEAD", "OPTIONS"}
    }


@pytest.fixture
def foreign(service: Any) -> tuple[Any, Any, dict[str, Any], dict[str, Any]]:
    """A client, a client of another organization, and a user and a group that are the other's."""
    mine, other = service.scim(), service.scim()
    user = other.a_user("secret.person@example.com", externalId="secret-external", title="Secret title")
    group = other.a_group("Secret group", members=[user["id"]])
    return mine, other, user, group


def test_every_route_is_classified(service: Any) -> None:
    classified = (
        RESOURCE_ROUTES | LIST_ROUTES | SEARCH_ROUTES | CREATE_ROUTES | BULK_ROUTES | SHARED_ROUTES | PUBLIC_ROUTES
    )
    assert scim_routes(service) == classified


def body_for(method: str, path: str) -> Any:
    if method == "PATCH":
        return {"schemas": [PATCH_OP], "Operations": [{"op": "replace", "path": "displayName", "value": "Taken"}]}
    if method == "PUT":
        return {"userName": "taken@example.com"} if "sers" in path else {"displayName": "Taken"}
    return None


def without_ids(body: Any) -> str:
    return re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}|req_[0-9a-f]+", "", str(body))


@pytest.mark.parametrize(("method", "rule"), sorted(RESOURCE_ROUTES))
def test_foreign_and_unknown_ids_are_the_same_404(foreign: Any, method: str, rule: str) -> None:
    mine, other, user, group = foreign
    ident = (user if "sers" in rule else group)["id"]
    unknown = "01920000-0000-7000-8000-000000000000"
    there = mine.request(method, rule.replace("<ident>", ident), body_for(method, rule))
    nowhere = mine.request(method, rule.replace("<ident>", unknown), body_for(method, rule))
    assert there.status == nowhere.status == 404
    assert without_ids(there.body) == without_ids(nowhere.body)
    assert other.get(f"/Users/{user['id']}").body == user | {"groups": other.get(f"/Users/{user['id']}").body["groups"]}
    assert other.get(f"/Groups/{group['id']}").body["displayName"] == "Secret group"


@pytest.mark.parametrize(("method", "rule"), sorted(LIST_ROUTES | SEARCH_ROUTES))
@pytest.mark.parametrize(
    "filter_text", [None, 'userName eq "secret.person@example.com"', 'displayName sw "S"', "externalId pr", "id pr"]
)
def test_lists_and_filters_show_nothing_foreign(foreign: Any, method: str, rule: str, filter_text: str | None) -> None:
    mine, _, user, group = foreign
    if method == "POST":
        reply = mine.post(rule, {} if filter_text is None else {"filter": filter_text})
    else:
        reply = mine.get(rule) if filter_text is None else mine.find(rule, filter_text)
    assert reply.status in (200, 400)
    assert user["id"] not in str(reply.body)
    assert group["id"] not in str(reply.body)
    assert reply.status == 400 or reply.body["totalResults"] == 0


def test_foreign_names_are_free(foreign: Any) -> None:
    mine = foreign[0]
    assert mine.post("/Users", {"userName": "secret.person@example.com"}).status == 201
    assert mine.post("/Groups", {"displayName": "Secret group"}).status == 201


def test_foreign_ids_are_no_members(foreign: Any) -> None:
    mine, other, user, group = foreign
    own = mine.a_group()
    for ident in (user["id"], group["id"]):
        reply = mine.patch(f"/Groups/{own['id']}", {"op": "add", "path": "members", "value": [{"value": ident}]})
        assert (reply.status, reply.body["scimType"]) == (400, "invalidValue")
        assert mine.post("/Groups", {"displayName": "x", "members": [{"value": ident}]}).status == 400
    assert mine.find("/Groups", f'members.value eq "{user["id"]}"').body["totalResults"] == 0
    assert "groups" not in mine.find("/Users", f'groups.value eq "{group["id"]}"').body
    assert len(other.get(f"/Groups/{group['id']}").body["members"]) == 1


@pytest.mark.parametrize("endpoint", ["/Users", "/Groups", "/users", "/groups"])
def test_foreign_and_unknown_ids_in_a_bulk_are_the_same_404(foreign: Any, endpoint: str) -> None:
    mine, other, user, group = foreign
    theirs = (user if "sers" in endpoint else group)["id"]
    told: list[list[Any]] = []
    for ident in (theirs, "01920000-0000-7000-8000-000000000000"):
        path = f"{endpoint}/{ident}"
        operations = [
            {"method": method, "path": path, "data": body_for(method, path), "version": 'W/"1"'}
            for method in ("PUT", "PATCH", "DELETE")
        ]
        told.append(send(mine, *operations))
    assert statuses(told[0]) == statuses(told[1]) == ["404"] * 3
    assert without_ids(told[0]) == without_ids(told[1])
    assert other.get(f"/Users/{user['id']}").body["meta"] == user["meta"]
    assert other.get(f"/Groups/{group['id']}").body["meta"] == group["meta"]


def test_foreign_ids_are_no_members_in_a_bulk(foreign: Any) -> None:
    mine, other, user, group = foreign
    own = mine.a_group()
    foreign_members = [{"value": user["id"]}, {"value": group["id"]}]
    told = send(
        mine,
        post("g", "/Groups", displayName="g", members=foreign_members),
        put(f"/Groups/{own['id']}", displayName="g", members=foreign_members),
        patch(f"/Groups/{own['id']}", {"op": "add", "path": "members", "value": foreign_members}),
        post("a", "/Groups", displayName="a", members=[*refer("b"), *foreign_members]),
        post("b", "/Groups", displayName="b", members=refer("a")),
        post("taken", "/Users", userName=user["userName"], externalId="secret-external"),
    )
    assert statuses(told) == ["400", "400", "400", "400", "409", "201"]
    assert "Secret" not in str(told)
    assert mine.get("/Groups").body["totalResults"] == 1
    assert len(other.get(f"/Groups/{group['id']}").body["members"]) == 1


def test_connection_of_the_same_organization_sees_nothing_of_another(service: Any) -> None:
    mine = service.scim()
    sibling = service.scim(organization=mine.connected.organization)
    user = mine.a_user()
    assert sibling.get(f"/Users/{user['id']}").status == 404
    assert sibling.get("/Users").body["totalResults"] == 0
    group = sibling.a_group()
    add = {"op": "add", "path": "members", "value": [{"value": user["id"]}]}
    assert sibling.patch(f"/Groups/{group['id']}", add).status == 400


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize(
    "header", [None, "", "Bearer", "Bearer ", "Basic dXNlcjpwYXNz", "Bearer optiid_x", "optiid_", "Bearer a b", "a,b"]
)
def test_no_route_answers_without_a_token(service: Any, method: str, header: str | None) -> None:
    bodies = set()
    for allowed, rule in sorted(scim_routes(service) - PUBLIC_ROUTES):
        if allowed == method:
            headers = {} if header is None else {"Authorization": header}
            reply = service.send(method, PREFIX + rule.replace("<ident>", "x"), None, headers)
            assert reply.status == 401
            assert reply.headers["WWW-Authenticate"].startswith("Bearer")
            bodies.add(without_ids(reply.body))
    assert len(bodies) == 1
