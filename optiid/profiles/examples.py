"""Lawful SCIM that no profile may read otherwise: representations, operations and queries as the RFCs have them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from optiid.scim.messages import Query
from optiid.scim.patch.operations import PatchOperation
from optiid.scim.resource_types import GROUP, USER

if TYPE_CHECKING:
    from optiid.scim.resource_types import ResourceType

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"

# RFC 7643, sections 4.1 and 4.3, one value of most attributes.
LAWFUL_USER: dict[str, Any] = {
    "schemas": [USER.schema.urn, ENTERPRISE],
    "externalId": "42",
    "userName": "ada@example.com",
    "name": {"formatted": "Ada Example", "familyName": "Example", "givenName": "Ada"},
    "displayName": "Ada",
    "nickName": "A",
    "title": "Engineer",
    "preferredLanguage": "en-GB",
    "active": True,
    "emails": [
        {"value": "ada@example.com", "type": "work", "primary": True},
        {"value": "a@example.org", "type": "home"},
    ],
    "phoneNumbers": [{"value": "+44 20 7946 0000", "type": "work"}],
    "addresses": [{"streetAddress": "1 Lane", "locality": "London", "type": "work", "primary": True}],
    "roles": [{"value": "Buyer", "display": "True"}],
    ENTERPRISE: {"employeeNumber": "7", "department": "Tools", "manager": {"value": "26118915"}},
}
LAWFUL_GROUP: dict[str, Any] = {
    "schemas": [GROUP.schema.urn],
    "displayName": "True",
    "members": [{"value": "2819c223", "type": "User"}, {"value": "902c246b"}],
}
LAWFUL_RESOURCES: tuple[tuple[ResourceType, dict[str, Any]], ...] = (
    (USER, LAWFUL_USER),
    (USER, {"schemas": [USER.schema.urn], "userName": "grace@example.com", "emails": []}),
    (GROUP, LAWFUL_GROUP),
    (GROUP, {"schemas": [GROUP.schema.urn], "displayName": "Nobody", "members": []}),
)

# RFC 7644, section 3.5.2: each form of path, for `LAWFUL_USER` and for a group.
LAWFUL_PATCHES: tuple[tuple[ResourceType, list[PatchOperation]], ...] = (
    (USER, [PatchOperation("replace", "active", value=False)]),
    (USER, [PatchOperation("add", "emails", [{"value": "ada@example.net", "type": "other"}])]),
    (USER, [PatchOperation("replace", "name", {"familyName": "Sample"})]),
    (USER, [PatchOperation("add", "name.middleName", "May"), PatchOperation("remove", "name.formatted")]),
    (USER, [PatchOperation("remove", 'emails[type eq "home"]'), PatchOperation("remove", "title")]),
    (USER, [PatchOperation("replace", 'emails[type eq "work"].value', "ada@example.net")]),
    (USER, [PatchOperation("replace", 'addresses[type eq "work"]', {"streetAddress": "2 Lane", "type": "work"})]),
    (USER, [PatchOperation("replace", 'emails[type eq "home"].primary', value=True)]),
    (
        USER,
        [PatchOperation("add", None, {"nickName": "Ad", "emails": [{"value": "ada@example.net", "type": "other"}]})],
    ),
    (USER, [PatchOperation("replace", None, {"active": False, ENTERPRISE: {"department": "Parts"}})]),
    (USER, [PatchOperation("replace", f"{ENTERPRISE}:department", "Parts")]),
    (USER, [PatchOperation("replace", f"{ENTERPRISE}:manager", {"value": "1"})]),
    (USER, [PatchOperation("remove", f"{ENTERPRISE}:manager"), PatchOperation("remove", "roles")]),
    (GROUP, [PatchOperation("add", "members", [{"value": "2819c223"}, {"value": "902c246b"}])]),
    (GROUP, [PatchOperation("remove", 'members[value eq "2819c223"]')]),
    (GROUP, [PatchOperation("remove", "members"), PatchOperation("add", "members", [{"value": "2819c223"}])]),
    (GROUP, [PatchOperation("replace", "members", [])]),
    (GROUP, [PatchOperation("replace", "displayName", "False")]),
    (GROUP, [PatchOperation("replace", None, {"displayName": "Buyers", "members": [{"value": "2819c223"}]})]),
)

# RFC 7644, section 3.4.2.
LAWFUL_QUERIES: tuple[tuple[ResourceType, Query], ...] = (
    (USER, Query()),
    (USER, Query('userName eq "ada@example.com"', count=1)),
    (USER, Query('userName Eq "true"', start_index=11, count=10)),
    (USER, Query(sort_by="userName", count=10, cursor="")),
    (USER, Query('emails[type eq "work" and value co "@example.com"] or not (title pr)')),
    (USER, Query(f'{ENTERPRISE}:department eq "Tools" and active eq true', attributes=("userName",))),
    (USER, Query('meta.lastModified gt "2026-01-01T00:00:00Z"', sort_by="name.familyName", descending=True)),
    (GROUP, Query('displayName eq "Buyers"', excluded_attributes=("members",))),
    (GROUP, Query('id eq "e9e30dba" and members eq "2819c223"')),
)
