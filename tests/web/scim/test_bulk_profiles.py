"""Profiles are asked for each operation of a bulk as they are for a request of its own."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import pytest

from tests.bulks import delete, ident, patch, post, put, refer, send, statuses
from tests.events import directory_events
from tests.profiles.profile_folder import write_plugin
from tests.running import ENTERPRISE, InProcess, settings_in

if TYPE_CHECKING:
    from pathlib import Path

UNKNOWN = "01920000-0000-7000-8000-000000000000"
PLUGIN = """
@hookimpl
def normalise_resource(resource, context):
    if resource.get("title") == "break":
        raise ValueError("broken")
    about = [context.operation, context.resource_type.name, context.request.method, context.request.path]
    return {key: value for key, value in resource.items() if key != "note"} | {"externalId": " ".join(about)}

@hookimpl
def normalise_patch(operations, context):
    return [*operations, PatchOperation("replace", "externalId", context.operation)]

@hookimpl
def shape_response(answer, context):
    return Answer(answer.status, answer.body, {**answer.headers, "ETag": 'W/"' + context.operation + '"'})

@hookimpl
def shape_error(error, context):
    return ScimError(418, context.operation + " " + error.detail, error.scim_type)
"""


def manager(found: dict[str, Any]) -> str:
    value: str = found[ENTERPRISE]["manager"]["value"]
    return value


def test_entra_is_repaired(service: InProcess) -> None:
    scim = service.scim("entra")
    told = send(
        scim,
        post("u", "/Users", userName="u@example.com", active="True", **{f"{ENTERPRISE}:manager": "bulkId:m"}),
        post("m", "/Users", userName="m@example.com", **{ENTERPRISE: {"manager": "bulkId:u"}}),
        patch("/Users/bulkId:m", {"op": "Replace", "path": "active", "value": "False"}),
        patch(
            "/Users/bulkId:u",
            {"op": "Add", "path": 'emails[type eq "work"].value', "value": "u@example.com"},
            {"op": "Replace", "path": "manager", "value": "bulkId:v"},
        ),
        post("v", "/Users", userName="v@example.com"),
        post("g", "/Groups", displayName="g", members=refer("u", "v")),
        patch("/Groups/bulkId:g", {"op": "Remove", "path": "members", "value": refer("u")}),
    )
    assert statuses(told) == ["201", "201", "200", "200", "201", "201", "200"]
    u, m, v, g = (ident(told[place]) for place in (0, 1, 4, 5))
    found = scim.get(f"/Users/{u}").body
    assert (manager(found), found["emails"]) == (v, [{"type": "work", "value": "u@example.com"}])
    found = scim.get(f"/Users/{m}").body
    assert (manager(found), found["active"]) == (u, False)
    assert [one["value"] for one in scim.get(f"/Groups/{g}").body["members"]] == [v]


def test_okta_skips_stale_members_and_keeps_custom_attributes(service: InProcess) -> None:
    scim = service.scim("okta")
    custom = {"urn:okta:custom": {"badge": "7", "buddy": "bulkId:g"}}
    told = send(
        scim,
        post("g", "/Groups", displayName="g", members=[{"value": UNKNOWN}, *refer("u")]),
        post("u", "/Users", userName="u@example.com", **custom),
    )
    assert statuses(told) == ["201", "201"]
    group, user = map(ident, told)
    assert [one["value"] for one in scim.get(f"/Groups/{group}").body["members"]] == [user]
    assert scim.get(f"/Users/{user}").body["urn:okta:custom"] == {"badge": "7", "buddy": group}


def test_pingone_has_one_primary_address(service: InProcess) -> None:
    scim = service.scim("pingone")
    both = [{"value": "a@example.com", "primary": True}, {"value": "b@example.com", "primary": True}]
    body = {"userName": "p@example.com", "emails": both}
    told = send(scim, post("p", "/Users", **body))
    alone = service.scim("pingone").post("/Users", body)
    assert (statuses(told), alone.status) == (["201"], 201)
    assert scim.get(f"/Users/{ident(told[0])}").body["emails"] == alone.body["emails"]


def test_policy_of_the_connection_counts(service: InProcess) -> None:
    strict = service.scim(settings={"unknown_members": "refuse", "require_if_match": True})
    user = strict.a_user()
    told = send(
        strict,
        post("g", "/Groups", displayName="g", members=[{"value": UNKNOWN}]),
        put(f"/Users/{user['id']}", userName=user["userName"]),
        delete(f"/Users/{user['id']}"),
        delete(f"/Users/{user['id']}") | {"version": 'W/"1"'},
    )
    assert statuses(told) == ["400", "428", "428", "204"]


@pytest.fixture
def acme(tmp_path: Path) -> Any:
    write_plugin(tmp_path / "profiles", "acme", PLUGIN)
    service = InProcess(settings_in(tmp_path, profiles_folder=str(tmp_path / "profiles")))
    yield service.scim("acme")
    service.database.close()


def test_hooks_are_told_the_operation(acme: Any, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.ERROR)
    told = send(
        acme,
        post("a", "/Groups", displayName="a", note=1, members=refer("b")),
        post("b", "/Groups", displayName="b", members=refer("a")),
        post("u", "/Users", userName="u"),
        put("/Users/bulkId:u", userName="u"),
        patch("/Groups/bulkId:a", {"op": "replace", "path": "displayName", "value": "A"}),
        post("broken", "/Users", userName="broken", title="break"),
        delete("/Groups/bulkId:b"),
    )
    assert statuses(told) == ["201", "201", "201", "200", "200", "418", "204"]
    versions = [one.get("version") for one in told]
    assert versions == ['W/"create"'] * 3 + ['W/"replace"', 'W/"patch"', None, 'W/"delete"']
    assert told[5]["response"]["detail"].startswith("create The profile of this connection failed")
    assert acme.get(f"/Users/{ident(told[2])}").body["externalId"] == "replace User POST /scim/v2/Bulk"
    assert acme.get(f"/Groups/{ident(told[0])}").body["externalId"] == "patch"


def test_broken_hook_fails_its_circle_only(acme: Any) -> None:
    told = send(
        acme,
        post("a", "/Users", userName="a", title="break", **{ENTERPRISE: {"manager": {"value": "bulkId:b"}}}),
        post("b", "/Users", userName="b", **{ENTERPRISE: {"manager": {"value": "bulkId:a"}}}),
        post("c", "/Users", userName="c"),
    )
    assert statuses(told) == ["418", "418", "201"]
    assert [one["response"]["detail"].split(" (")[0] for one in told[:2]] == [
        "create The profile of this connection failed; nothing was changed",
        "create It is in a circle with bulkId 'a', which failed: none of it was created",
    ]


def test_events_are_those_of_single_requests(service: InProcess) -> None:
    bulk, single = service.scim(), service.scim()
    user = {"userName": "u@example.com"}
    reply = bulk.post("/Bulk", {"Operations": [post("u", "/Users", **user), put("/Users/bulkId:u", **user, title="x")]})
    made = single.post("/Users", user).body
    single.put(f"/Users/{made['id']}", user | {"title": "x"})
    told = [
        [(event["kind"], event["payload"]) for event in directory_events(service.database, organization)]
        for organization in (bulk.connected.organization, single.connected.organization)
    ]
    assert told[0] == told[1] != []
    sql = "SELECT DISTINCT request FROM event WHERE organization = ? AND request <> ''"
    assert service.database.rows(sql, (bulk.connected.organization,)) == [(reply.headers["X-Request-Id"],)]
