"""A stored resource as clients see it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from optiid.scim.messages import LIST_URN
from optiid.scim.rendering import Reference, location_of, render, render_cursor_page, render_list
from optiid.scim.resource_types import GROUP, USER
from tests.running import ENTERPRISE
from tests.running import GROUP as GROUP_URN
from tests.running import USER as USER_URN

BASE = "https://scim.example.com/scim/v2"


@dataclass(frozen=True)
class Resource:
    """What rendering needs to know of a stored resource."""

    id: str = "7"
    version: int = 3
    created_at: str = "2026-01-01T00:00:00.000000Z"
    updated_at: str = "2026-01-02T00:00:00.000000Z"
    document: dict[str, Any] = field(default_factory=dict)


def test_id_schemas_and_meta_are_joined_to_the_document() -> None:
    document = {"userName": "babs", ENTERPRISE: {"department": "Sales"}, "urn:example:a": {"b": 1}}
    assert render(Resource(document=document), USER, BASE) == document | {
        "schemas": [USER_URN, ENTERPRISE, "urn:example:a"],
        "id": "7",
        "meta": {
            "resourceType": "User",
            "created": "2026-01-01T00:00:00.000000Z",
            "lastModified": "2026-01-02T00:00:00.000000Z",
            "location": f"{BASE}/Users/7",
            "version": 'W/"3"',
        },
    }


def test_document_itself_stays_as_it_was() -> None:
    document = {"displayName": "Staff"}
    render(Resource(document=document), GROUP, BASE, [Reference("1", "User", None)])
    assert document == {"displayName": "Staff"}


def test_members_name_their_type_and_place() -> None:
    members = [Reference("1", "User", None), Reference("2", "Group", "Others")]
    wire = render(Resource(document={"displayName": "Staff"}), GROUP, BASE, members)
    assert wire["schemas"] == [GROUP_URN]
    assert wire["members"] == [
        {"value": "1", "$ref": f"{BASE}/Users/1", "type": "User"},
        {"value": "2", "$ref": f"{BASE}/Groups/2", "type": "Group", "display": "Others"},
    ]


def test_groups_of_a_user_are_direct_or_indirect() -> None:
    groups = [Reference("1", "Group", "Staff"), Reference("2", "Group", "All", direct=False)]
    wire = render(Resource(document={"userName": "babs"}), USER, BASE, groups)
    assert [(group["type"], group["display"]) for group in wire["groups"]] == [("direct", "Staff"), ("indirect", "All")]
    assert "members" not in wire


def test_without_references_there_is_no_list_of_them() -> None:
    assert not {"members", "groups"} & render(Resource(), USER, BASE).keys()
    assert not {"members", "groups"} & render(Resource(), GROUP, BASE, []).keys()


def test_location_is_the_configured_url() -> None:
    assert location_of(GROUP, "7", BASE) == f"{BASE}/Groups/7"


def test_list_tells_total_and_place_of_a_page() -> None:
    assert render_list([{"id": "1"}], 41, 11) == {
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
        "totalResults": 41,
        "startIndex": 11,
        "itemsPerPage": 1,
        "Resources": [{"id": "1"}],
    }


def test_page_by_cursor_has_cursors_where_there_is_more_and_no_index() -> None:
    middle = render_cursor_page([{"id": "1"}], 41, "next", "previous")
    assert middle == {
        "schemas": [LIST_URN],
        "totalResults": 41,
        "itemsPerPage": 1,
        "previousCursor": "previous",
        "nextCursor": "next",
        "Resources": [{"id": "1"}],
    }
    assert render_cursor_page([], 0, None, None).keys() == {"schemas", "totalResults", "itemsPerPage", "Resources"}
