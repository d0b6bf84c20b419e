"""A BulkRequest is read strictly, and what is wrong with one operation is told of that one (RFC 7644, section 3.7)."""

from __future__ import annotations

from typing import Any

import pytest

from optiid.scim.bulk.messages import (
    REQUEST_URN,
    BulkOperation,
    BulkRequest,
    BulkResult,
    location_of_path,
    read_bulk,
    render_bulk,
)
from optiid.scim.errors import ScimError
from optiid.scim.resource_types import GROUP, USER

POST = {"method": "POST", "path": "/Users", "bulkId": "a", "data": {"userName": "a"}}
IDENT = "01920000-0000-7000-8000-000000000000"


def read(*operations: Any, **more: Any) -> BulkRequest:
    return read_bulk({"schemas": [REQUEST_URN], "Operations": list(operations)} | more, (USER, GROUP), 5)


def one(**members: Any) -> BulkOperation:
    return read(POST | {"bulkId": "known"}, {"bulkId": "a"} | members).operations[1]


def test_operation_is_read() -> None:
    operation = one(
        method="put", path=f"/groups/{IDENT}", version='W/"3"', data={"members": [{"value": "bulkId:known"}]}
    )
    assert (operation.method, operation.resource_type, operation.ident) == ("PUT", GROUP, IDENT)
    assert (operation.version, operation.refers_to, operation.fault) == ('W/"3"', ("known",), None)


@pytest.mark.parametrize("names", [("METHOD", "PATH", "BULKID", "DATA"), ("method", "path", "bulkid", "data")])
def test_names_of_members_in_any_case(names: tuple[str, ...]) -> None:
    operation = dict(zip(names, POST.values(), strict=True))
    read_one = read_bulk({"operations": [operation]}, (USER, GROUP), 1).operations[0]
    assert (read_one.fault, read_one.bulk_id, read_one.data) == (None, "a", {"userName": "a"})


@pytest.mark.parametrize("path", ["/Users", "Users", "/Users/", "//users", "/USERS"])
def test_paths_are_forgiving(path: str) -> None:
    assert one(method="POST", path=path, data={}).resource_type is USER


@pytest.mark.parametrize(
    ("version", "kept"), [('W/"3"', 'W/"3"'), ('"3"', '"3"'), ("3", '"3"'), (" 3 ", '"3"'), ("*", "*"), (None, None)]
)
def test_version_is_a_condition(version: Any, kept: str | None) -> None:
    assert one(method="DELETE", path=f"/Users/{IDENT}", version=version).version == kept


def test_version_of_a_post_says_nothing() -> None:
    assert one(method="POST", path="/Users", data={}, version=5).version is None


def test_patch_takes_the_bare_list_that_the_rfc_shows() -> None:
    operations = [{"op": "remove", "path": "nickName"}]
    assert one(method="PATCH", path=f"/Users/{IDENT}", data=operations).data == {"Operations": operations}


def test_data_of_a_delete_is_passed_over() -> None:
    operation = one(method="DELETE", path="/Users/bulkId:known", data="bulkId:nobody")
    assert (operation.data, operation.refers_to, operation.fault) == (None, ("known",), None)


@pytest.mark.parametrize(
    ("members", "status", "scim_type"),
    [
        ({"path": "/Users", "data": {}}, 400, "invalidSyntax"),
        ({"method": 5, "path": "/Users", "data": {}}, 400, "invalidSyntax"),
        ({"method": "GET", "path": f"/Users/{IDENT}"}, 400, "invalidSyntax"),
        ({"method": "HEAD", "path": "/Users"}, 400, "invalidSyntax"),
        ({"method": "POST", "data": {}}, 400, "invalidSyntax"),
        ({"method": "POST", "path": 5, "data": {}}, 400, "invalidSyntax"),
        ({"method": "POST", "path": "/", "data": {}}, 400, "invalidSyntax"),
        ({"method": "POST", "path": "/Users"}, 400, "invalidSyntax"),
        ({"method": "POST", "path": "/Users", "data": []}, 400, "invalidSyntax"),
        ({"method": "PATCH", "path": f"/Users/{IDENT}"}, 400, "invalidSyntax"),
        ({"method": "PUT", "path": f"/Users/{IDENT}", "data": "text"}, 400, "invalidSyntax"),
        ({"method": "POST", "path": "/Users", "data": {}, "bulkId": None}, 400, "invalidValue"),
        ({"method": "POST", "path": "/Users", "data": {}, "bulkId": ""}, 400, "invalidValue"),
        ({"method": "POST", "path": "/Users", "data": {}, "bulkId": 5}, 400, "invalidValue"),
        ({"method": "POST", "path": "/Users", "data": {}, "bulkId": "known"}, 400, "invalidValue"),
        ({"method": "POST", "path": f"/Users/{IDENT}", "data": {}}, 400, "invalidValue"),
        ({"method": "POST", "path": "/Users/bulkId:known", "data": {}}, 400, "invalidValue"),
        ({"method": "PUT", "path": "/Users", "data": {}}, 400, "invalidValue"),
        ({"method": "DELETE", "path": "/Users/"}, 400, "invalidValue"),
        ({"method": "DELETE", "path": f"/Users/{IDENT}", "version": 3}, 400, "invalidValue"),
        ({"method": "DELETE", "path": f"/Users/{IDENT}", "version": "3\n"}, 400, "invalidValue"),
        ({"method": "DELETE", "path": "/Users/bulkId:nobody"}, 400, "invalidValue"),
        ({"method": "POST", "path": "/Groups", "data": {"members": [{"value": "bulkId:nobody"}]}}, 400, "invalidValue"),
        ({"method": "POST", "path": "/Bulk", "data": {}}, 404, None),
        ({"method": "PATCH", "path": "/Me", "data": {}}, 404, None),
        ({"method": "DELETE", "path": "/Schemas/x"}, 404, None),
        ({"method": "POST", "path": "https://example.com/Users", "data": {}}, 404, None),
    ],
)
def test_faults_of_one_operation(members: dict[str, Any], status: int, scim_type: str | None) -> None:
    fault = one(**members).fault
    assert fault is not None
    assert (fault.status, fault.scim_type) == (status, scim_type)
    assert "\n" not in fault.detail


@pytest.mark.parametrize("entry", [5, None, [], "text", True])
def test_what_is_no_object_is_a_fault_of_its_own(entry: Any) -> None:
    faulty, sound = read(entry, POST).operations
    assert faulty.fault is not None
    assert (faulty.fault.scim_type, sound.fault) == ("invalidSyntax", None)


def test_bulk_id_may_stand_again_at_other_methods() -> None:
    put = {"method": "PUT", "path": f"/Users/{IDENT}", "bulkId": "a", "data": {"userName": "a"}}
    request = read(POST, put, put)
    assert [operation.fault for operation in request.operations] == [None, None, None]
    assert request.creators() == {"a": 0}


def test_first_of_two_bears_the_bulk_id() -> None:
    request = read(POST, POST, {"method": "DELETE", "path": "/Users/bulkId:a"})
    assert [operation.fault is None for operation in request.operations] == [True, False, True]
    assert request.needs() == [[], [], [0]]


def test_faulty_operations_need_nobody() -> None:
    request = read(POST, {"method": "PUT", "path": "/Users", "data": {"manager": "bulkId:a"}})
    assert request.needs() == [[], []]


def test_post_with_a_fault_still_bears_its_bulk_id() -> None:
    request = read(
        {"method": "POST", "path": "/Nothing", "bulkId": "a"}, {"method": "DELETE", "path": "/Users/bulkId:a"}
    )
    assert request.operations[1].fault is None


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"Operations": None},
        {"Operations": {}},
        {"Operations": "text"},
        {"Operations": [], "schemas": ["urn:other"]},
        {"Operations": [], "schemas": REQUEST_URN},
    ],
)
def test_what_is_no_bulk_request(body: dict[str, Any]) -> None:
    with pytest.raises(ScimError) as raised:
        read_bulk(body, (USER, GROUP), 5)
    assert (raised.value.status, raised.value.scim_type) == (400, "invalidSyntax")


def test_schemas_may_be_missing_and_in_any_case() -> None:
    for schemas in (None, [], [REQUEST_URN.upper()], ["urn:x", REQUEST_URN]):
        assert read_bulk({"schemas": schemas, "Operations": []}, (USER, GROUP), 5).operations == ()


def test_too_many_operations_name_the_limit() -> None:
    assert len(read(*[POST] * 5).operations) == 5
    with pytest.raises(ScimError, match="maxOperations is 5") as raised:
        read(*[POST] * 6)
    assert (raised.value.status, raised.value.scim_type) == (413, None)


@pytest.mark.parametrize(("value", "limit"), [(None, None), (0, None), (1, 1), (7, 7)])
def test_fail_on_errors(value: Any, limit: int | None) -> None:
    assert read(failOnErrors=value).fail_on_errors == limit


@pytest.mark.parametrize("value", [-1, True, "1", 1.5, [], {}])
def test_fail_on_errors_that_is_no_number(value: Any) -> None:
    with pytest.raises(ScimError) as raised:
        read(FAILONERRORS=value)
    assert (raised.value.status, raised.value.scim_type) == (400, "invalidValue")


def test_results_are_told_with_what_they_have() -> None:
    operation = BulkOperation("POST", "/Users", "a")
    assert BulkResult(201, "https://x/Users/1", 'W/"1"').document(operation) == {
        "location": "https://x/Users/1",
        "method": "POST",
        "bulkId": "a",
        "version": 'W/"1"',
        "status": "201",
    }
    failed = BulkResult(400, error={"status": "400"}).document(BulkOperation("", ""))
    assert failed == {"status": "400", "response": {"status": "400"}}
    assert render_bulk([failed])["Operations"] == [failed]


def test_location_of_a_path_that_names_nothing() -> None:
    assert location_of_path("/Users/a b", "https://x/v2") == "https://x/v2/Users/a%20b"
    assert location_of_path("", "https://x/v2") is None
    assert location_of_path("/" + "x" * 2000, "https://x/v2") is None
