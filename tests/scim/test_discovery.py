"""Discovery documents are complete, point at themselves and satisfy an independent reader."""

from __future__ import annotations

from typing import Any

import pytest
from scim2_models import Context, ResourceType, Schema, ServiceProviderConfig

from optiid.scim.discovery import Pagination, schema_document, service_provider_config
from optiid.scim.resource_types import registry

BASE = "https://scim.example.com/scim/v2"
SCHEMAS = [
    schema
    for resource_type in registry().values()
    for schema in (resource_type.schema, *resource_type.extensions.values())
]
# RFC 7643, section 7.
MEMBERS_OF_EACH = {"name", "type", "multiValued", "description", "required", "mutability", "returned"}


def config(page_limit: int = 200, page_default: int = 100, **more: int) -> dict[str, Any]:
    pages = Pagination(page_default, page_limit, 3600)
    return service_provider_config(BASE, pages=pages, **({"operations": 1000, "payload": 4_194_304} | more))


def every(attributes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [found for attribute in attributes for found in (attribute, *every(attribute.get("subAttributes", [])))]


@pytest.mark.parametrize("schema", SCHEMAS, ids=lambda schema: schema.name)
def test_schema_document_names_and_locates_itself(schema: Any) -> None:
    document = schema_document(schema, BASE)
    assert document["schemas"] == ["urn:ietf:params:scim:schemas:core:2.0:Schema"]
    assert document["id"] == schema.urn
    assert (document["name"], document["description"]) == (schema.name, schema.description)
    assert document["meta"] == {"resourceType": "Schema", "location": f"{BASE}/Schemas/{schema.urn}"}


@pytest.mark.parametrize("schema", SCHEMAS, ids=lambda schema: schema.name)
def test_each_attribute_tells_all_its_characteristics(schema: Any) -> None:
    for attribute in every(schema_document(schema, BASE)["attributes"]):
        assert attribute.keys() >= MEMBERS_OF_EACH
        assert attribute["description"]
        assert ("subAttributes" in attribute) == (attribute["type"] == "complex")
        assert ("referenceTypes" in attribute) == (attribute["type"] == "reference")


@pytest.mark.parametrize("schema", SCHEMAS, ids=lambda schema: schema.name)
def test_schema_document_satisfies_an_independent_reader(schema: Any) -> None:
    document = schema_document(schema, BASE)
    read = Schema.model_validate(document, scim_ctx=Context.RESOURCE_QUERY_RESPONSE)
    assert read.id == schema.urn
    assert len(read.attributes or []) == len(document["attributes"])


@pytest.mark.parametrize("resource_type", registry().values(), ids=lambda resource_type: resource_type.name)
def test_resource_type_document_satisfies_an_independent_reader(resource_type: Any) -> None:
    document = resource_type.document(BASE)
    assert ResourceType.model_validate(document, scim_ctx=Context.RESOURCE_QUERY_RESPONSE).name == resource_type.name


def test_documents_of_two_calls_share_nothing() -> None:
    first, second = schema_document(SCHEMAS[0], BASE), schema_document(SCHEMAS[0], BASE)
    first["attributes"][0]["name"] = "changed"
    assert second["attributes"][0]["name"] == "userName"


def test_config_tells_what_is_supported() -> None:
    found = config()
    supported = {
        name: found[name]["supported"] for name in ("patch", "bulk", "filter", "changePassword", "sort", "etag")
    }
    assert supported == {
        "patch": True,
        "bulk": True,
        "filter": True,
        "changePassword": False,
        "sort": True,
        "etag": True,
    }
    assert found["pagination"] == {
        "cursor": True,
        "index": True,
        "defaultPaginationMethod": "index",
        "defaultPageSize": 100,
        "maxPageSize": 200,
        "cursorTimeout": 3600,
    }


def test_config_repeats_the_limits_it_is_given() -> None:
    found = config(page_limit=7, operations=8, payload=9)
    assert found["filter"]["maxResults"] == found["pagination"]["maxPageSize"] == 7
    assert found["pagination"]["defaultPageSize"] == 7
    assert config(page_default=5)["pagination"]["defaultPageSize"] == 5
    assert (found["bulk"]["maxOperations"], found["bulk"]["maxPayloadSize"]) == (8, 9)


def test_config_has_one_primary_way_to_authenticate() -> None:
    schemes = config()["authenticationSchemes"]
    assert [scheme["type"] for scheme in schemes if scheme.get("primary")] == ["oauthbearertoken"]
    assert all(scheme.keys() >= {"type", "name", "description"} for scheme in schemes)


def test_config_locates_itself_and_satisfies_an_independent_reader() -> None:
    found = config()
    assert found["meta"] == {
        "resourceType": "ServiceProviderConfig",
        "location": f"{BASE}/ServiceProviderConfig",
    }
    read = ServiceProviderConfig.model_validate(found, scim_ctx=Context.RESOURCE_QUERY_RESPONSE)
    assert read.filter is not None
    assert read.filter.max_results == 200
