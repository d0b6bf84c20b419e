"""`/Bulk`, clause by clause (RFC 7644, section 3.7)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from scim2_models import BulkResponse, Context, Group, User

from tests.bulks import delete, patch, post, put, send, statuses
from tests.running import ENTERPRISE, InProcess, settings_in

if TYPE_CHECKING:
    from pathlib import Path

    from tests.running import Scim

ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"
RESPONSE = "urn:ietf:params:scim:api:messages:2.0:BulkResponse"
UNKNOWN = "01920000-0000-7000-8000-000000000000"


@pytest.fixture
def scim(service: InProcess) -> Scim:
    return service.scim()


def test_each_method_on_each_type(scim: Scim) -> None:
    user, group, old = scim.a_user(), scim.a_group(), scim.a_user()
    reply = scim.post(
        "/Bulk",
        {
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
            "Operations": [
                post("u", "/Users", userName="ada@example.com"),
                put(f"/Users/{user['id']}", userName=user["userName"], title="Poet"),
                patch(f"/Groups/{group['id']}", {"op": "replace", "path": "displayName", "value": "Poets"}),
                delete(f"/Users/{old['id']}"),
                post("g", "/Groups", displayName="Programmers"),
            ],
        },
    )
    assert (reply.status, reply.body["schemas"]) == (200, [RESPONSE])
    told = reply.body["Operations"]
    assert [one["status"] for one in told] == ["201", "200", "200", "204", "201"]
    assert [one["method"] for one in told] == ["POST", "PUT", "PATCH", "DELETE", "POST"]
    assert [one.get("bulkId") for one in told] == ["u", None, None, None, "g"]
    assert [one.get("version") for one in told] == ['W/"1"', 'W/"2"', 'W/"2"', None, 'W/"1"']
    assert not any("response" in one for one in told)
    read = BulkResponse[User | Group].model_validate(reply.body, scim_ctx=Context.BULK_RESPONSE)
    assert [one.status for one in read.operations or ()] == [201, 200, 200, 204, 201]
    base = user["meta"]["location"].rsplit("/", 2)[0]
    assert [one["location"] for one in told[1:4]] == [
        user["meta"]["location"],
        group["meta"]["location"],
        old["meta"]["location"],
    ]
    for one in (told[0], told[4]):
        found = scim.get(one["location"].removeprefix(base)).body
        assert (found["meta"]["location"], found["meta"]["version"]) == (one["location"], one["version"])
    assert scim.get(f"/Users/{user['id']}").body["title"] == "Poet"
    assert scim.get(f"/Groups/{group['id']}").body["displayName"] == "Poets"
    assert scim.get(f"/Users/{old['id']}").status == 404


def test_methods_paths_and_names_in_any_case(scim: Scim) -> None:
    user = scim.a_user()
    reply = scim.post(
        "/Bulk",
        {
            "operations": [
                {"METHOD": "post", "Path": "/users", "BulkID": "u", "DATA": {"userName": "any@example.com"}},
                {"method": "Patch", "path": f"groups/{UNKNOWN}", "data": {"Operations": []}},
                {"method": "delete", "path": f"/users/{user['id']}"},
            ]
        },
    )
    assert [one["status"] for one in reply.body["Operations"]] == ["201", "404", "204"]
    assert [one["method"] for one in reply.body["Operations"]] == ["POST", "PATCH", "DELETE"]


def test_one_that_fails_leaves_the_others_alone(scim: Scim) -> None:
    taken = scim.a_user()
    told = send(
        scim,
        post("a", "/Users", userName="first@example.com"),
        post("b", "/Users", userName=taken["userName"]),
        put(f"/Users/{UNKNOWN}", userName="x@example.com"),
        {"method": "GET", "path": f"/Users/{taken['id']}"},
        post("c", "/Users", userName="last@example.com"),
    )
    assert statuses(told) == ["201", "409", "404", "400", "201"]
    assert [one["response"].get("scimType") for one in told[1:4]] == ["uniqueness", None, "invalidSyntax"]
    assert "location" not in told[1]
    assert told[2]["location"].endswith(f"/Users/{UNKNOWN}")
    assert scim.get("/Users").body["totalResults"] == 3


def test_failure_has_the_body_of_an_error(scim: Scim) -> None:
    reply = scim.post("/Bulk", {"Operations": [delete(f"/Users/{UNKNOWN}")]})
    BulkResponse[User | Group].model_validate(reply.body, scim_ctx=Context.BULK_RESPONSE)
    told = reply.body["Operations"][0]
    alone = scim.delete(f"/Users/{UNKNOWN}")
    assert told["response"] | {"detail": ""} == alone.body | {"detail": ""}
    assert told["response"]["schemas"] == [ERROR]
    assert told["response"]["status"] == told["status"] == "404"
    assert reply.headers["X-Request-Id"] in told["response"]["detail"]
    assert "version" not in told


@pytest.mark.parametrize("form", ['W/"{}"', '"{}"', "{}", 'W/"0", W/"{}"', "*"])
def test_version_is_a_condition_of_one_operation(scim: Scim, form: str) -> None:
    user, group = scim.a_user(), scim.a_group()
    right = form.format(1)
    told = send(
        scim,
        put(f"/Users/{user['id']}", userName=user["userName"], title="new") | {"version": 'W/"7"'},
        put(f"/Users/{user['id']}", userName=user["userName"], title="newer") | {"version": right},
        patch(f"/Groups/{group['id']}", {"op": "replace", "path": "displayName", "value": "x"}) | {"version": "7"},
        delete(f"/Groups/{group['id']}") | {"version": "2"},
        delete(f"/Groups/{group['id']}") | {"version": right},
    )
    assert statuses(told) == ["412", "200", "412", "412", "204"]
    assert scim.get(f"/Users/{user['id']}").body["title"] == "newer"


def test_operations_see_what_those_before_them_did(scim: Scim) -> None:
    user = scim.a_user()
    told = send(
        scim,
        put(f"/Users/{user['id']}", userName=user["userName"], title="a"),
        patch(f"/Users/{user['id']}", {"op": "replace", "path": "title", "value": "b"}) | {"version": 'W/"2"'},
        delete(f"/Users/{user['id']}"),
        put(f"/Users/{user['id']}", userName=user["userName"]),
        post("again", "/Users", userName=user["userName"]),
    )
    assert statuses(told) == ["200", "200", "204", "404", "201"]


def test_id_of_a_tombstone_is_the_one_that_is_told(scim: Scim) -> None:
    user, group = scim.a_user(active=False), scim.a_group()
    told = send(
        scim,
        patch(f"/Groups/{group['id']}", {"op": "add", "path": "members", "value": [{"value": "bulkId:back"}]}),
        post("back", "/Users", userName=user["userName"]),
    )
    assert statuses(told) == ["200", "201"]
    assert told[1]["location"] == user["meta"]["location"]
    assert [one["value"] for one in scim.get(f"/Groups/{group['id']}").body["members"]] == [user["id"]]


def test_patch_takes_the_list_of_the_figure(scim: Scim) -> None:
    user = scim.a_user(nickName="Old")
    operations = [{"op": "remove", "path": "nickName"}, {"op": "add", "path": "title", "value": "Dr"}]
    told = send(scim, {"method": "PATCH", "path": f"/Users/{user['id']}", "version": 'W/"1"', "data": operations})
    assert statuses(told) == ["200"]
    found = scim.get(f"/Users/{user['id']}").body
    assert ("nickName" in found, found["title"]) == (False, "Dr")


@pytest.mark.parametrize(
    "operation",
    [
        {"method": "POST", "path": "/Bulk", "bulkId": "x", "data": {"Operations": []}},
        {"method": "PATCH", "path": "/Me", "data": {"Operations": []}},
        {"method": "POST", "path": "/Users/.search", "bulkId": "x", "data": {}},
        {"method": "DELETE", "path": f"/Schemas/{ENTERPRISE}"},
        {"method": "PUT", "path": "/ServiceProviderConfig", "data": {}},
        {"method": "DELETE", "path": f"/Users/{UNKNOWN}?attributes=id"},
        {"method": "DELETE", "path": f"/Users/{UNKNOWN}/x"},
        {"method": "DELETE", "path": f"/Users/../Groups/{UNKNOWN}"},
        {"method": "DELETE", "path": "/Users/\u00e9' or 1=1"},
        {"method": "GET", "path": "/Users"},
        {"path": "/Users"},
        {},
        5,
        None,
    ],
)
def test_operations_that_cannot_be(scim: Scim, operation: Any) -> None:
    told = send(scim, operation, post("after", "/Users", userName="after@example.com"))
    assert told[0]["status"] in ("400", "404")
    assert told[0]["response"]["status"] == told[0]["status"]
    assert ("location" in told[0]) is (
        told[0].get("method") != "POST" and isinstance(operation, dict) and "path" in operation
    )
    assert told[1]["status"] == "201"


def test_post_needs_a_bulk_id_and_each_its_own(scim: Scim) -> None:
    told = send(
        scim,
        {"method": "POST", "path": "/Users", "data": {"userName": "nameless@example.com"}},
        post("same", "/Users", userName="one@example.com"),
        post("same", "/Users", userName="two@example.com"),
        post("Same", "/Users", userName="three@example.com"),
    )
    assert statuses(told) == ["400", "201", "400", "201"]
    assert scim.get("/Users").body["totalResults"] == 2


def test_read_only_and_unknown_attributes_are_treated_as_alone(scim: Scim) -> None:
    user = scim.a_user()
    told = send(
        scim,
        post("u", "/Users", userName="own@example.com", id="42", meta={"version": "9"}, groups=[{"value": "x"}]),
        patch(f"/Users/{user['id']}", {"op": "replace", "path": "id", "value": "42"}),
        patch(f"/Users/{user['id']}", {"op": "replace", "path": "nothing", "value": "42"}),
        post("v", "/Users", userName="x" * 300),
    )
    assert statuses(told) == ["201", "400", "400", "400"]
    types = [one["response"]["scimType"] for one in told[1:]]
    assert types == ["mutability", "invalidPath", "invalidValue"]
    assert not told[0]["location"].endswith("/42")


@pytest.mark.parametrize(("allowed", "executed"), [(None, 6), (0, 6), (1, 2), (2, 4), (3, 6), (9, 6)])
def test_fail_on_errors(scim: Scim, allowed: int | None, executed: int) -> None:
    operations = []
    for number in range(3):
        operations.append(post(f"u{number}", "/Users", userName=f"u{number}@example.com"))
        operations.append(delete(f"/Users/{UNKNOWN}"))
    told = send(scim, *operations, failOnErrors=allowed)
    assert statuses(told) == ["201", "404"] * (executed // 2)
    assert scim.get("/Users").body["totalResults"] == executed // 2


def test_fail_on_errors_counts_what_ran_and_answers_in_order(scim: Scim) -> None:
    told = send(
        scim,
        post("g", "/Groups", displayName="Needs later", members=[{"value": "bulkId:bad"}]),
        post("never", "/Users", userName="never@example.com"),
        post("bad", "/Users"),
        failOnErrors=1,
    )
    assert [one["bulkId"] for one in told] == ["bad"]
    assert scim.get("/Users").body["totalResults"] == scim.get("/Groups").body["totalResults"] == 0


@pytest.mark.parametrize("value", [-1, "1", 1.5, True, []])
def test_fail_on_errors_that_is_no_number_runs_nothing(scim: Scim, value: Any) -> None:
    body = {"failOnErrors": value, "Operations": [post("u", "/Users", userName="x@example.com")]}
    reply = scim.post("/Bulk", body)
    assert (reply.status, reply.body["scimType"]) == (400, "invalidValue")
    assert scim.get("/Users").body["totalResults"] == 0


def test_empty_list_is_answered_with_one(scim: Scim) -> None:
    assert send(scim) == []


def test_limits_are_those_that_are_announced(tmp_path: Path) -> None:
    limits = {"bulk_operations": 3, "bulk_body_limit": 2000, "patch_operations": 2, "json_depth": 6}
    service = InProcess(settings_in(tmp_path, **limits))
    scim = service.scim()
    bulk = scim.get("/ServiceProviderConfig").body["bulk"]
    assert bulk == {"supported": True, "maxOperations": 3, "maxPayloadSize": 2000}
    made = [post(f"u{number}", "/Users", userName=f"u{number}@example.com") for number in range(4)]
    reply = scim.post("/Bulk", {"Operations": made})
    assert (reply.status, "scimType" in reply.body, "maxOperations is 3" in reply.body["detail"]) == (413, False, True)
    reply = scim.post("/Bulk", b"{" + b" " * 2000)
    assert (reply.status, "maxPayloadSize of 2000" in reply.body["detail"]) == (413, True)
    assert scim.get("/Users").body["totalResults"] == 0
    add = {"op": "add", "path": "title", "value": "x"}
    assert statuses(send(scim, *made[:2], patch("/Users/bulkId:u0", add, add, add))) == ["201", "201", "413"]
    deep: Any = "x"
    for _ in range(9):
        deep = {"a": deep}
    reply = scim.post("/Bulk", {"Operations": [put(f"/Users/{UNKNOWN}", name=deep)]})
    assert (reply.status, reply.body["scimType"]) == (400, "invalidSyntax")
    service.database.close()


def test_what_there_is_no_time_for_is_to_be_sent_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    service = InProcess(settings_in(tmp_path, bulk_seconds=5))
    scim = service.scim()
    clock = iter([0.0, 1.0, 4.0, 6.0, 7.0])
    monkeypatch.setattr("optiid.web.scim.bulk.monotonic", lambda: next(clock))
    told = send(
        scim,
        post("a", "/Users", userName="a"),
        post("b", "/Users", userName="b"),
        post("c", "/Users", userName="c"),
        delete("/Users/bulkId:a"),
    )
    monkeypatch.undo()
    assert statuses(told) == ["201", "201", "503", "503"]
    assert "send it again" in told[2]["response"]["detail"]
    assert told[3]["location"] == told[0]["location"]
    assert scim.get("/Users").body["totalResults"] == 2
    service.database.close()
