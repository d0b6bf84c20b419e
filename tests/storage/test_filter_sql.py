"""Filters on what no document holds: meta, schemas, members and groups; the rest is in test_filter_agreement.py."""

from __future__ import annotations

from typing import Any


def test_meta_and_schemas_are_found(service: Any) -> None:
    scim = service.scim()
    user = scim.a_user("m@example.com")
    enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
    other = scim.a_user("n@example.com", **{enterprise: {"department": "x"}})
    created = user["meta"]["created"]
    for text, expected in (
        (f'meta.created eq "{created}"', {user["id"]}),
        (f'meta.lastModified gt "{created}"', {other["id"]}),
        ('meta.resourceType eq "User"', {user["id"], other["id"]}),
        ('meta.version eq "W/\\"1\\""', {user["id"], other["id"]}),
        (f'schemas eq "{enterprise}"', {other["id"]}),
        ('schemas eq "urn:ietf:params:scim:schemas:core:2.0:User"', {user["id"], other["id"]}),
        ('schemas sw "urn:none"', set()),
        (f'id eq "{user["id"]}"', {user["id"]}),
    ):
        reply = scim.find("/Users", text)
        assert {one["id"] for one in reply.body["Resources"]} == expected, text


def test_members_and_groups_are_found_through_nested_groups(service: Any) -> None:
    scim = service.scim()
    user = scim.a_user("q@example.com", displayName="Quinn")
    inner = scim.a_group("Inner", members=[user["id"]])
    outer = scim.a_group("Outer", members=[inner["id"]])
    scim.patch(f"/Groups/{inner['id']}", {"op": "add", "path": "members", "value": [{"value": outer["id"]}]})
    for endpoint, text, expected in (
        ("/Groups", f'members.value eq "{user["id"]}"', {inner["id"]}),
        ("/Groups", f'members[value eq "{inner["id"]}"]', {outer["id"]}),
        ("/Groups", 'members[type eq "group"]', {inner["id"], outer["id"]}),
        ("/Groups", 'members.display eq "QUINN"', {inner["id"]}),
        ("/Groups", 'not (members.display co "quinn")', {outer["id"]}),
        ("/Users", f'groups eq "{inner["id"]}"', {user["id"]}),
        ("/Users", f'groups.value eq "{outer["id"]}"', {user["id"]}),
        ("/Users", 'groups[display eq "outer" and type eq "indirect"]', {user["id"]}),
        ("/Users", 'groups[display eq "nowhere"]', set()),
        ("/Users", "groups pr", {user["id"]}),
    ):
        reply = scim.find(endpoint, text)
        assert reply.status == 200, reply.body
        assert {one["id"] for one in reply.body["Resources"]} == expected, text
