"""Resource types lead from names to attributes, in any case and with or without a URN."""

from __future__ import annotations

import pytest

from optiid.scim.resource_types import COMMON_ATTRIBUTES, GROUP, USER, registry

CORE = "urn:ietf:params:scim:schemas:core:2.0:User"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
BASE = "https://scim.example.com/scim/v2"


def test_registry_lists_users_before_groups() -> None:
    assert list(registry().items()) == [("User", USER), ("Group", GROUP)]


@pytest.mark.parametrize(
    ("urn", "attribute", "part", "keys"),
    [
        (None, "USERNAME", None, ("userName",)),
        (None, "emails", "VALUE", ("emails", "value")),
        (None, "externalid", None, ("externalId",)),
        (None, "meta", "lastmodified", ("meta", "lastModified")),
        (CORE.upper(), "name", "familyName", ("name", "familyName")),
        (CORE, "id", None, ("id",)),
        (ENTERPRISE.lower(), "MANAGER", "$REF", (ENTERPRISE, "manager", "$ref")),
    ],
)
def test_name_leads_to_its_canonical_keys(
    urn: str | None, attribute: str, part: str | None, keys: tuple[str, ...]
) -> None:
    location = USER.locate(urn, attribute, part)
    assert location is not None
    assert location.keys == keys
    assert location.leaf.name == keys[-1]


@pytest.mark.parametrize(
    ("urn", "attribute", "part"),
    [
        (None, "department", None),
        (None, "members", None),
        (None, "userName", "value"),
        (None, "emails", "street"),
        (ENTERPRISE, "userName", None),
        ("urn:other", "userName", None),
        ("", "userName", None),
    ],
)
def test_name_that_no_schema_has_leads_nowhere(urn: str | None, attribute: str, part: str | None) -> None:
    assert USER.locate(urn, attribute, part) is None


def test_location_of_a_part() -> None:
    location = USER.locate(ENTERPRISE, "manager")
    assert location is not None
    value = location.attribute.sub("value")
    assert value is not None
    assert location.with_sub(value) == USER.locate(ENTERPRISE, "manager", "value")


def test_extension_urn_is_found_in_any_case() -> None:
    assert USER.extension_urn(ENTERPRISE.upper()) == ENTERPRISE
    assert USER.extension_urn(CORE) is None
    assert GROUP.extension_urn(ENTERPRISE) is None


def test_name_attribute_is_required_and_unique() -> None:
    for resource_type in registry().values():
        attribute = resource_type.schema.attribute(resource_type.name_attribute)
        assert attribute is not None
        assert attribute.required
        assert attribute.identifier
        assert attribute.uniqueness == "server"


def test_common_attributes_are_in_every_type_and_in_no_schema() -> None:
    for common in COMMON_ATTRIBUTES:
        for resource_type in registry().values():
            assert resource_type.attribute(common.name.upper()) is common
            assert resource_type.schema.attribute(common.name) is None


def test_document_is_that_of_the_rfc() -> None:
    assert USER.document(BASE) == {
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ResourceType"],
        "id": "User",
        "name": "User",
        "endpoint": "/Users",
        "description": "User Account",
        "schema": CORE,
        "schemaExtensions": [{"schema": ENTERPRISE, "required": False}],
        "meta": {"resourceType": "ResourceType", "location": f"{BASE}/ResourceTypes/User"},
    }
    assert GROUP.document(BASE)["schemaExtensions"] == []
