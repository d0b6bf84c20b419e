"""Generated garbage at every route is answered lawfully: never a 500, always a SCIM body."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.running import USER

PROFILES = [
    "standard",
    "entra",
    "pingone",
    *(pytest.param(name, marks=pytest.mark.soak) for name in ("authentik", "keycloak", "okta")),
]
UNKNOWN = "/Users/01920000-0000-7000-8000-000000000000"

attribute_names = st.sampled_from(
    [
        "userName",
        "active",
        "name",
        "emails",
        "members",
        "displayName",
        "schemas",
        "id",
        "meta",
        "externalId",
        "Operations",
        "op",
        "path",
        "value",
        "filter",
        "manager",
        USER,
        "urn:x:y",
        "name.givenName",
        "roles",
        "groups",
        "password",
    ]
)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12) | attribute_names, inner, max_size=4)
    ),
    max_leaves=12,
)
paths = st.sampled_from(
    [
        "/Users",
        "/Groups",
        UNKNOWN,
        "/Users/.search",
        "/Groups/.search",
        "/.search",
        "/Me",
        "/Bulk",
        "/Schemas",
        "/ResourceTypes",
        "/ServiceProviderConfig",
        "/Users/{user}",
        "/Groups/{group}",
        "",
        "/Schemas/x",
        "/users/{user}",
    ]
) | st.text(max_size=15).map(lambda text: "/" + quote(text, errors="replace"))
operation_values = json_values | st.sampled_from(
    ["add", "remove", "replace", "members", 'emails[type eq "work"].value', "name.givenName", "active"]
)
patches = st.lists(st.dictionaries(st.sampled_from(["op", "path", "value"]), operation_values, max_size=3), max_size=4)
bulk_texts = st.sampled_from(
    [
        "POST",
        "PUT",
        "PATCH",
        "DELETE",
        "get",
        "/Users",
        "/Groups/bulkId:a",
        "/Users/{user}",
        "/groups/{group}",
        "bulkId:a",
        "bulkId:",
        "a",
        'W/"1"',
    ]
)
references = st.sampled_from(["bulkId:a", "bulkId:b", "{user}", "{group}", "bulkId:", 'x[value eq "bulkId:a"]'])
bulk_data = st.dictionaries(attribute_names, json_values | references | st.lists(references, max_size=2), max_size=3)
bulk_operations = st.dictionaries(
    st.sampled_from(["method", "path", "bulkId", "version", "data"]), json_values | bulk_texts, max_size=5
) | st.fixed_dictionaries(
    {
        "method": st.sampled_from(["POST", "PUT", "PATCH", "DELETE"]),
        "path": st.sampled_from(["/Users", "/Groups", "/Users/bulkId:a", "/Groups/bulkId:b", "/Groups/{group}"]),
        "bulkId": st.sampled_from(["a", "b", "c"]),
        "data": bulk_data | patches | st.fixed_dictionaries({"Operations": patches}),
    }
)
bulks = st.fixed_dictionaries(
    {"Operations": st.lists(bulk_operations, max_size=5)}, optional={"failOnErrors": st.integers(-1, 3) | json_values}
)
bodies = st.one_of(
    st.none(),
    st.binary(max_size=60),
    json_values,
    st.dictionaries(attribute_names, json_values, max_size=6),
    st.fixed_dictionaries({"Operations": patches}),
)
queries = st.dictionaries(
    st.sampled_from(
        ["filter", "sortBy", "sortOrder", "count", "startIndex", "attributes", "excludedAttributes", "cursor"]
    ),
    st.text(max_size=30) | st.sampled_from(['userName eq "x"', 'emails[type eq "work"]', "5", "-1", "name.givenName"]),
    max_size=3,
)


@pytest.mark.parametrize("profile", PROFILES)
def test_garbage_in_a_bulk_is_told_of_each_operation(service: Any, profile: str) -> None:
    scim = service.scim(profile)
    ids = {"user": scim.a_user()["id"], "group": scim.a_group()["id"]}

    # The rules are the same under each profile and on each database: most of it is thrown at one of them.
    most = 200 if profile == "standard" and service.database.dialect.name == "sqlite" else 60

    @settings(max_examples=most, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
    @given(bulks)
    def throw(bulk: Any) -> None:
        text = json.dumps(bulk)
        for name, ident in ids.items():
            text = text.replace("{" + name + "}", ident)
        reply = scim.post("/Bulk", text.encode())
        if reply.status != 200:
            assert reply.status == 400, reply.body
            return
        for one in reply.body["Operations"]:
            status = int(one["status"])
            assert status < 500, one
            assert ("response" in one) is (status >= 400)
            assert ("version" in one) is (status in (200, 201))

    throw()
    stored = service.database.rows(
        "SELECT document FROM resource WHERE organization = ? AND document LIKE '%\"bulkId:%'",
        (scim.connected.organization,),
    )
    assert not stored


@pytest.mark.parametrize("profile", PROFILES)
def test_garbage_at_every_route_is_answered_lawfully(service: Any, profile: str) -> None:
    scim = service.scim(profile)
    known = {"user": scim.a_user()["id"], "group": scim.a_group()["id"]}

    most = 150 if profile == "standard" and service.database.dialect.name == "sqlite" else 60

    @settings(max_examples=most, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
    @given(st.sampled_from(["GET", "POST", "PUT", "PATCH", "DELETE"]), paths, queries, bodies)
    def throw(method: str, path: str, query: dict[str, str], body: Any) -> None:
        for name, ident in known.items():
            path = path.replace("{" + name + "}", ident if method != "DELETE" else "x")
        try:
            raw = body if isinstance(body, bytes) or body is None else orjson.dumps(body)
        except (TypeError, orjson.JSONEncodeError):
            raw = repr(body).encode(errors="replace")
        client = service.app.test_client()
        headers = {"Authorization": f"Bearer {scim.connected.token}", "Content-Type": "application/scim+json"}
        answer = client.open("/scim/v2" + path, method=method, query_string=query, data=raw, headers=headers)
        assert answer.status_code < 500 or answer.status_code == 501, (answer.status_code, answer.data)
        assert answer.status_code not in range(300, 400)
        if answer.data and method != "HEAD":
            assert answer.content_type == "application/scim+json"
            body_sent = orjson.loads(answer.data)
            if answer.status_code >= 400:
                assert body_sent["status"] == str(answer.status_code)

    throw()
