"""Bad input gets the right status, a one-line detail and changes nothing; never a 500 (rules R8-R13)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.running import PATCH_OP

ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"
DEEP = b'{"userName":"x","name":' + b'{"a":' * 40 + b"1" + b"}" * 41


@pytest.fixture
def scim(service: Any) -> Any:
    return service.scim()


def check_error(reply: Any, status: int, scim_type: str | None = None) -> None:
    assert reply.status == status, reply.body
    assert reply.headers["Content-Type"] == "application/scim+json"
    assert reply.body["schemas"] == [ERROR]
    assert reply.body["status"] == str(status)
    assert reply.body.get("scimType") == scim_type
    assert "\n" not in reply.body["detail"]
    assert reply.headers["X-Request-Id"] in reply.body["detail"]


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"[]",
        b'"text"',
        b"null",
        b"\xff\xfe{}",
        '{"userName":"x"}'.encode("utf-16"),
        b'{"userName":"a","userName":"b"}',
        b'{"userName":"a","USERNAME":"b"}',
        b'{"userName":"a","name":{"givenName":"a","GivenName":"b"}}',
        b'{"userName":NaN}',
        b'{"userName":"x","a":Infinity}',
        b'{"userName":"x","a":1e400}',
        b'{"userName":"x","a":99999999999999999999999}',
        b'{"userName":"x","a":' + b"9" * 5000 + b"}",
        b'{"userName":"\\ud800"}',
        b'{"userName":"a\\u0000b"}',
        b'{"userName":"a\nb"}',
        DEEP,
        b'{"a":' * 3000,
        b"[" * 100_000,
    ],
)
def test_body_that_is_no_strict_json_object(scim: Any, raw: bytes) -> None:
    check_error(scim.post("/Users", raw), 400, "invalidSyntax")
    assert scim.get("/Users").body["totalResults"] == 0


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"userName": ""},
        {"userName": 5},
        {"userName": ["x"]},
        {"userName": "x" * 257},
        {"userName": " x"},
        {"userName": "x\u200b"},
        {"userName": "x\u202ey"},
        {"userName": "x\x7f"},
        {"userName": "x", "name": "text"},
        {"userName": "x", "name": ["text"]},
        {"userName": "x", "name": {"givenName": 1}},
        {"userName": "x", "emails": [5]},
        {"userName": "x", "emails": [{"value": {"a": 1}}]},
        {"userName": "x", "emails": [{"value": "a"}] * 1001},
        {"userName": "x", "title": "t" * 4097},
        {"userName": "x", "active": "perhaps"},
        {"userName": "x", "emails": [{"value": "a", "primary": True}, {"value": "b", "primary": True}]},
        {"userName": "x", "x509Certificates": [{"value": "not base64!"}]},
        {"userName": "x", "externalId": {"a": 1}},
        {"userName": "x", "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": "text"},
        {
            "userName": "x",
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {"department": {}, "division": 1},
        },
    ],
)
def test_values_that_do_not_fit(scim: Any, body: dict[str, Any]) -> None:
    check_error(scim.post("/Users", body), 400, "invalidValue")
    assert scim.get("/Users").body["totalResults"] == 0


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "userName",
        "userName eq",
        'userName is "x"',
        'userName eq "x" or',
        'userName eq "x") ',
        '(userName eq "x"',
        'nothing eq "x"',
        'userName.value eq "x"',
        'emails[nothing eq "x"]',
        'userName eq "x" garbage',
        "userName eq x",
        "userName gt true",
        'active gt "x"',
        "active gt true",
        "active eq 5",
        'meta.created gt "yesterday"',
        'password eq "x"',
        "password pr",
        'userName eq "\\ud800"',
        'userName eq "\\u0000"',
        "(" * 40 + 'userName eq "x"' + ")" * 40,
        " or ".join(['userName eq "x"'] * 101),
        'userName eq "' + "x" * 8200 + '"',
        'urn:unknown:User:userName eq "x"',
    ],
)
def test_filters_that_cannot_be_read(scim: Any, text: str) -> None:
    check_error(scim.find("/Users", text), 400, "invalidFilter")
    check_error(scim.post("/Users/.search", {"filter": text}), 400, "invalidFilter")


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("count=abc", 400),
        ("startIndex=1.5", 400),
        ("count=0x10", 400),
        ("sortOrder=sideways", 400),
        ("sortBy=nothing", 400),
        ("sortBy=password", 400),
        ("attributes=id&excludedAttributes=name", 400),
        ("count=99999999999999999999999999", 200),
        ("startIndex=99999999999999999999999999", 200),
        ("count=-5&startIndex=-3", 200),
        ("attributes=nothing", 200),
        ("unknown=parameter&aadOptscim062020", 200),
        ("startIndex=&count=", 200),
        ("count=1&count=2", 200),
        ("filter=%FF%FE", 400),
    ],
)
def test_query_parameters(scim: Any, query: str, status: int) -> None:
    scim.a_user()
    reply = scim.get(f"/Users?{query}")
    assert reply.status == status, reply.body
    if status == 200:
        assert reply.body["totalResults"] == 1
        assert reply.body["itemsPerPage"] == len(reply.body["Resources"]) <= 200


@pytest.mark.parametrize(
    ("operation", "scim_type"),
    [
        ({"op": "replace", "path": "nothing", "value": 1}, "invalidPath"),
        ({"op": "replace", "path": "name.nothing", "value": 1}, "invalidPath"),
        ({"op": "replace", "path": "emails[", "value": 1}, "invalidFilter"),
        ({"op": "replace", "path": "emails[type eq].value", "value": 1}, "invalidFilter"),
        ({"op": "replace", "path": "a" * 1100, "value": 1}, "invalidPath"),
        ({"op": "replace", "path": "id", "value": "x"}, "mutability"),
        ({"op": "replace", "path": "meta.created", "value": "x"}, "mutability"),
        ({"op": "replace", "path": "groups", "value": []}, "mutability"),
        ({"op": "remove", "path": "userName"}, "mutability"),
        ({"op": "remove"}, "noTarget"),
        ({"op": "replace", "path": 'emails[type eq "none"].value', "value": "x"}, "noTarget"),
        ({"op": "replace", "path": "active", "value": "perhaps"}, "invalidValue"),
        ({"op": "replace", "path": "name", "value": "text"}, "invalidValue"),
        ({"op": "add", "path": "emails", "value": [{"value": 5}]}, "invalidValue"),
        ({"op": "replace", "value": "text"}, "invalidValue"),
        ({"op": "replace", "value": {"nothing": 1}}, "invalidPath"),
        ({"op": "replace", "path": "userName", "value": "x\u200by"}, "invalidValue"),
        ({"op": "move", "path": "title", "value": "x"}, "invalidSyntax"),
        ({"path": "title", "value": "x"}, "invalidSyntax"),
        ({"op": 5}, "invalidSyntax"),
        ({"op": "add", "path": 5, "value": "x"}, "invalidPath"),
        ({"op": "add", "path": "title"}, "invalidValue"),
    ],
)
def test_patch_operations_that_cannot_be_applied(scim: Any, operation: dict[str, Any], scim_type: str) -> None:
    user = scim.a_user()
    fine = {"op": "replace", "path": "title", "value": "changed"}
    check_error(scim.patch(f"/Users/{user['id']}", fine, operation), 400, scim_type)
    assert scim.get(f"/Users/{user['id']}").body == user


def test_patch_bodies_that_are_none(scim: Any) -> None:
    user = scim.a_user()
    for body in ({}, {"Operations": {}}, {"schemas": ["urn:other"], "Operations": []}, {"Operations": [1]}):
        check_error(scim.request("PATCH", f"/Users/{user['id']}", body), 400, "invalidSyntax")
    many = {"schemas": [PATCH_OP], "Operations": [{"op": "add", "path": "title", "value": "x"}] * 1001}
    check_error(scim.request("PATCH", f"/Users/{user['id']}", many), 413)


def test_http_that_does_not_fit(service: Any, scim: Any) -> None:
    check_error(scim.post("/Users", b"{}", headers={"Content-Type": "text/plain"}), 415)
    check_error(scim.post("/Users", b"a=b", headers={"Content-Type": "application/x-www-form-urlencoded"}), 415)
    check_error(scim.post("/Users", b"{}", headers={"Content-Type": "application/json; charset=utf-16"}), 415)
    check_error(scim.post("/Users", b"{}", headers={"Content-Encoding": "gzip"}), 415)
    check_error(scim.post("/Users", b'{"userName":"' + b"x" * 1_100_000 + b'"}'), 413)
    check_error(scim.request("PUT", "/Users", {}), 405)
    check_error(scim.request("OPTIONS", "/Users"), 405)
    check_error(scim.request("TRACE", "/Users"), 405)
    check_error(scim.get("/Nothing"), 404)
    check_error(service.send("GET", "/", None, {}), 404)
    for ident in ("x", "%00", "..", "' or 1=1 --", "0" * 5000, "%0d%0aX-Evil:%201", "\u00e9"):
        check_error(scim.get(f"/Users/{ident}"), 404)
    assert scim.request("PUT", "/Users", {}).headers["Allow"] == "GET, HEAD, POST"


def test_paths_are_forgiving_and_never_redirect(scim: Any) -> None:
    scim.a_user()
    for path in ("/Users", "/Users/", "//Users", "/users", "/users//"):
        assert scim.get(path).status == 200
    assert scim.post("//Users", {"userName": "slashes@example.com"}).status == 201


def test_members_that_cannot_be(scim: Any) -> None:
    group = scim.a_group()
    for value in (
        "text",
        [5],
        [{}],
        [{"value": 5}],
        [{"value": ""}],
        [{"value": "01920000-0000-7000-8000-000000000000"}],
    ):
        reply = scim.patch(f"/Groups/{group['id']}", {"op": "add", "path": "members", "value": value})
        check_error(reply, 400, "invalidValue")
    assert "members" not in scim.get(f"/Groups/{group['id']}").body


def test_bulk_bodies_that_are_none(scim: Any) -> None:
    for body in (b"", b"[]", b"{", b'{"Operations":[],"operations":[]}', DEEP, b"[" * 100_000):
        check_error(scim.post("/Bulk", body), 400, "invalidSyntax")
    for body in ({}, {"Operations": {}}, {"schemas": ["urn:other"], "Operations": []}, {"Operations": 1}):
        check_error(scim.post("/Bulk", body), 400, "invalidSyntax")
    check_error(scim.post("/Bulk", {"Operations": [], "failOnErrors": "many"}), 400, "invalidValue")
    check_error(scim.post("/Bulk", {"Operations": [{}] * 1001}), 413)
    check_error(scim.post("/Bulk", b" " * (4 * 1024 * 1024 + 1)), 413)
    check_error(scim.post("/Bulk", b"{}", headers={"Content-Type": "text/plain"}), 415)
    check_error(scim.request("GET", "/Bulk"), 405)
    assert scim.get("").body["totalResults"] == 0


def test_nothing_deeper_than_in_a_body_of_its_own_is_taken_in_a_bulk(scim: Any) -> None:
    values = {"value": 1}
    for depth, status in ((30, 200), (31, 400)):
        deep: Any = values
        for _ in range(depth):
            deep = {"a": deep}
        operation = {"method": "POST", "path": "/Users", "bulkId": "u", "data": {"userName": "deep", "urn:x:y": deep}}
        assert scim.post("/Bulk", {"Operations": [operation]}).status == status
        alone = scim.post("/Users", {"userName": "alone", "urn:x:y": deep})
        assert (alone.status == 201) is (status == 200)


def test_password_is_never_told(scim: Any) -> None:
    user = scim.a_user(password="Sup3r-secret")
    assert "password" not in user
    reply = scim.patch(f"/Users/{user['id']}", {"op": "replace", "path": "password", "value": {"a": "Sup3r-secret"}})
    check_error(reply, 400, "invalidValue")
    assert "Sup3r" not in str(reply.body)
