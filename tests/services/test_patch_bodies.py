"""Bodies of PATCH in their lenient forms and wrong ones, and what is answered (RFC 7644, section 3.5.2)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.running import GROUP, PATCH_OP, Scim
from tests.running import USER as CORE


@pytest.fixture
def scim(service: Any) -> Scim:
    client: Scim = service.scim()
    return client


def _operation(op: str, path: str, value: Any) -> dict[str, Any]:
    return {"op": op, "path": path, "value": value}


@pytest.mark.parametrize(
    "body",
    [
        {"schemas": [PATCH_OP], "Operations": []},
        {"Operations": []},
        {"operations": []},
        {"SCHEMAS": [PATCH_OP.upper()], "OPERATIONS": [{"OP": "Replace", "PATH": "title", "VALUE": "Boss"}]},
        {"Operations": [{"op": "REMOVE", "path": "nickName", "value": None, "more": 1}], "more": 2},
        {"Operations": [{"op": "Add", "path": None, "value": {"title": "Boss"}}]},
    ],
    ids=str,
)
def test_lenient_forms_of_a_body(scim: Scim, body: dict[str, Any]) -> None:
    user = scim.a_user(title="Boss")
    reply = scim.request("PATCH", f"/Users/{user['id']}", body)
    assert (reply.status, reply.body) == (200, user)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"schemas": [PATCH_OP]},
        {"schemas": [CORE], "Operations": []},
        {"Operations": None},
        {"Operations": {"op": "add"}},
        {"Operations": ["add"]},
        {"Operations": [{"path": "title", "value": "x"}]},
        [],
        b"{",
    ],
    ids=str,
)
def test_wrong_bodies(scim: Scim, body: Any) -> None:
    reply = scim.request("PATCH", f"/Users/{scim.a_user()['id']}", body)
    assert (reply.status, reply.body["scimType"]) == (400, "invalidSyntax")


@pytest.mark.parametrize("profile", ["standard", "entra", "okta", "pingone"])
def test_attributes_are_always_answered(service: Any, profile: str) -> None:
    scim = service.scim(profile)
    group = scim.a_group(members=[scim.a_user()["id"]])
    path, rename = f"/Groups/{group['id']}", _operation("replace", "displayName", f"{profile} {group['id']}")
    for query in ("attributes=displayName", "excludedAttributes=meta", "excludedAttributes=members"):
        assert scim.patch(f"{path}?{query}", rename).status == 200
    assert scim.patch(f"{path}?attributes=displayName", rename).body == {
        "schemas": [GROUP], "id": group["id"], "displayName": rename["value"]
    }  # fmt: skip
    assert scim.patch(path, rename).status == (200 if profile == "standard" else 204)
    assert scim.patch(f"/Users/{group['members'][0]['value']}", _operation("add", "title", "x")).status == 200
