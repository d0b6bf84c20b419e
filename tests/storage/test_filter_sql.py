"""SQL and the in-memory matcher agree on every filter over every document, on both databases."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from optiid.clock import new_id
from optiid.scim.filters.matcher import matches
from optiid.scim.paths import parse_path
from optiid.scim.resource_types import USER
from optiid.scim.search_form import search_form
from optiid.services.lifecycle import state_of
from optiid.storage import resources, searching
from optiid.storage.resources import Scope
from optiid.storage.searching import Selection
from tests.documents import documents, trees


@pytest.fixture
def people(service: Any) -> tuple[Any, Scope, dict[str, dict[str, Any]]]:
    """Forty generated users of one connection, by id."""
    connected = service.connect()
    scope = Scope(connected.organization, connected.connection)
    stored: dict[str, dict[str, Any]] = {}
    strategy = st.lists(documents, min_size=40, max_size=40)

    @settings(max_examples=1, derandomize=True, database=None, suppress_health_check=list(HealthCheck), deadline=None)
    @given(strategy)
    def fill(found: list[dict[str, Any]]) -> None:
        if stored:
            return
        for number, document in enumerate(found):
            named = document | {"userName": f"{document['userName']}{number}"}
            ident = new_id()
            service.database.transaction(
                lambda ident=ident, named=named: resources.insert(
                    service.database, scope, USER, ident, named, state_of(named)
                )
            )
            stored[ident] = named

    fill()
    return service, scope, stored


def found(service: Any, scope: Scope, tree: Any, resource_type: Any = USER) -> set[str]:
    selection = Selection(tree, None, descending=False, start=1, count=200)
    return {one.id for one in searching.page(service.database, scope, resource_type, selection).resources}


def test_sql_and_matcher_agree(people: Any) -> None:
    service, scope, stored = people
    forms = {ident: search_form(document | {"id": ident}, USER) for ident, document in stored.items()}

    @settings(max_examples=250, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(trees)
    def agree(tree: Any) -> None:
        expected = {ident for ident, form in forms.items() if matches(tree, form, USER)}
        assert found(service, scope, tree) == expected, str(tree)

    agree()


@pytest.mark.parametrize(
    "name", ["userName", "title", "name.familyName", "emails", "emails.value", "active", "externalId"]
)
@pytest.mark.parametrize("descending", [False, True])
def test_order_has_missing_values_at_the_far_end(people: Any, name: str, descending: bool) -> None:
    service, scope, stored = people
    location = parse_path(name, USER).location
    assert location is not None
    if location.leaf.type == "complex":
        location = location.with_sub(location.attribute.sub("value"))  # type: ignore[arg-type]  # emails have a value
    page = searching.page(service.database, scope, USER, Selection(None, location, descending, 1, 200))
    keys = []
    for one in page.resources:
        value: Any = search_form(stored[one.id], USER).get(location.attribute.name.lower())
        if isinstance(value, list):
            value = value[0]
        keys.append(value.get(location.leaf.name.lower()) if isinstance(value, dict) else value)
    present = [key for key in keys if key is not None]
    assert present == sorted(present, reverse=descending)
    assert keys == (
        [None] * (len(keys) - len(present)) + present if descending else present + [None] * (len(keys) - len(present))
    )


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
