"""Generated garbage at every route is answered lawfully: never a 500, always a SCIM body."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.running import USER

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


@pytest.mark.parametrize("profile", ["standard", "entra", "okta", "pingone"])
def test_garbage_at_every_route_is_answered_lawfully(service: Any, profile: str) -> None:
    scim = service.scim(profile)
    known = {"user": scim.a_user()["id"], "group": scim.a_group()["id"]}

    @settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
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
