"""The OpenAPI document says what the code does: routes, query parameters, attributes, references, examples."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, ClassVar

import jsonschema_rs
import orjson
import pytest

from optiid.scim.errors import ScimError
from optiid.scim.resource_types import COMMON_ATTRIBUTES, registry
from optiid.web.scim import PREFIX, call, openapi
from tests.described import DOCUMENT, METHODS, OPERATIONS, Operation, pointed, resolved, validator

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optiid.scim.attributes import Attribute

NUMBERS = {"integer": "integer", "decimal": "number"}


def objects(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
    for below in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from objects(below)


def references() -> set[str]:
    return {found for one in objects(DOCUMENT) if isinstance(found := one.get("$ref"), str)}


def routes(app: Any) -> set[str]:
    """Return the routes of the SCIM door; what is known in lower case as well is named once."""
    found = {
        (method, rule.rule.removeprefix(PREFIX) or "/")
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith(PREFIX)
        for method in rule.methods - {"HEAD"}
    }
    lower = {(method, path) for method, path in found if re.match("/[a-z]", path) and path != "/openapi.json"}
    endpoints = {resource_type.endpoint.lower(): resource_type.endpoint for resource_type in registry().values()}
    for method, path in lower:
        first = re.match("/[^/]+", path)[0]  # type: ignore[index]
        assert (method, path.replace(first, endpoints[first], 1)) in found
    return {
        f"{method} {path.replace('<', '{').replace('>', '}').replace('{ident}', '{id}')}"
        for method, path in found - lower
    }


def test_every_route_is_described_and_no_other(service: Any) -> None:
    assert set(OPERATIONS) == routes(service.app)


class Recorded(dict[str, str]):
    """The parameters of a URL that remember which of them were looked at."""

    asked: ClassVar[set[str]] = set()

    def __contains__(self, key: object) -> bool:
        self.asked.add(str(key))
        return super().__contains__(key)

    def get(self, key: str, *more: Any) -> Any:
        self.asked.add(key)
        return super().get(key, *more)


def example_of(operation: Operation) -> Any:
    body = operation.described.get("requestBody")
    if body is None:
        return None
    examples = resolved(body)["content"]["application/scim+json"]["examples"]
    return next(iter(examples.values()))["value"]


@pytest.mark.parametrize("name", OPERATIONS)
def test_query_parameters_are_those_the_code_looks_at(service: Any, monkeypatch: Any, name: str) -> None:
    operation = OPERATIONS[name]
    scim = service.scim(settings={"me": "ada"})
    there = scim.a_group() if "Group" in operation.path else scim.a_user("ada")
    path = operation.path.format(id=there["id"], name="User", urn="urn:ietf:params:scim:schemas:core:2.0:User")

    read = call.read_parameters
    monkeypatch.setattr(call, "read_parameters", lambda query: Recorded(read(query)))
    monkeypatch.setattr(Recorded, "asked", set())
    scim.request(operation.method, f"{path}?some=query", example_of(operation))
    assert Recorded.asked == operation.query


def test_references_lead_somewhere_and_nothing_is_spare() -> None:
    for reference in references():
        assert pointed(reference), reference
    spare = {
        f"#/components/{kind}/{name}"
        for kind, named in DOCUMENT["components"].items()
        for name in named
        if kind != "securitySchemes"
    }
    assert spare == references()


def test_operations_have_names_tags_and_links_that_exist() -> None:
    names = [operation.described["operationId"] for operation in OPERATIONS.values()]
    tags = {tag["name"] for tag in DOCUMENT["tags"]}
    assert len(set(names)) == len(names)
    for operation in OPERATIONS.values():
        assert set(operation.described["tags"]) <= tags
        assert set(DOCUMENT["paths"][operation.path]) <= {*METHODS, "parameters"}
    linked = {one["operationId"] for one in objects(DOCUMENT) if "operationId" in one and "responses" not in one}
    assert linked
    assert linked <= set(names)


def test_parts_contradict_each_other_nowhere() -> None:
    """A name that two parts both give a text would stop the joining; here it is known by its name."""
    with pytest.raises(AttributeError):
        openapi._join({"info": {"title": "one"}}, {"info": {"title": "another"}})


def test_schemas_are_lawful() -> None:
    for schema in DOCUMENT["components"]["schemas"].values():
        jsonschema_rs.meta.validate({"$schema": "https://json-schema.org/draft/2020-12/schema", **schema})


def examples() -> Iterator[tuple[dict[str, Any], Any]]:
    """Return each example with the schema it is of."""
    for one in objects(DOCUMENT):
        schema = one.get("schema")
        if isinstance(schema, dict):
            yield from ((schema, example["value"]) for example in one.get("examples", {}).values())
            if "example" in one:
                yield schema, one["example"]


def test_examples_are_lawful() -> None:
    found = list(examples())
    assert found
    for schema, value in found:
        assert not [error.message for error in validator(orjson.dumps(schema)).iter_errors(value)], value


def described_attributes(schema: str) -> dict[str, Any]:
    own = DOCUMENT["components"]["schemas"][schema]["properties"]
    return {name: resolved(one) for name, one in own.items() if not name.startswith("urn:")}


def check_attribute(attribute: Attribute, described: dict[str, Any], *, below_read_only: bool = False) -> None:
    read_only = below_read_only or described.get("readOnly", False)
    if attribute.multi_valued:
        assert described["type"] == "array"
        value = resolved(described["items"])
    else:
        value = described
    kind = "object" if attribute.type == "complex" else NUMBERS.get(attribute.type, attribute.type)
    assert value["type"] == (kind if kind in ("object", "boolean", *NUMBERS.values()) else "string"), attribute.name
    assert read_only == (attribute.mutability == "readOnly"), attribute.name
    assert described.get("writeOnly", False) == (attribute.mutability == "writeOnly"), attribute.name
    assert attribute.max_length in (None, value.get("maxLength")), attribute.name
    if attribute.canonical_values:
        assert value["examples"] == list(attribute.canonical_values), attribute.name
    assert set(value.get("properties", ())) == {sub.name for sub in attribute.sub_attributes}, attribute.name
    for sub in attribute.sub_attributes:
        check_attribute(sub, resolved(value["properties"][sub.name]), below_read_only=read_only)


def test_attributes_are_those_of_the_schemas() -> None:
    for resource_type in registry().values():
        for schema in (resource_type.schema, *resource_type.extensions.values()):
            described = described_attributes(schema.name)
            assert set(described) == {attribute.name for attribute in schema.attributes}
            for attribute in schema.attributes:
                check_attribute(attribute, described[attribute.name])
        required = [attribute.name for attribute in resource_type.schema.attributes if attribute.required]
        assert DOCUMENT["components"]["schemas"][f"{resource_type.name}ToWrite"]["required"] == required
        described = DOCUMENT["components"]["schemas"][resource_type.name]["properties"]
        assert set(resource_type.extensions) == {name for name in described if name.startswith("urn:")}


def test_common_attributes_are_those_of_every_resource() -> None:
    described = described_attributes("Resource")
    assert set(described) == {attribute.name for attribute in COMMON_ATTRIBUTES}
    for attribute in COMMON_ATTRIBUTES:
        check_attribute(attribute, described[attribute.name])


def test_kinds_of_errors_are_those_of_the_code() -> None:
    makers = [name for name, maker in vars(ScimError).items() if isinstance(maker, classmethod)]
    kinds = {getattr(ScimError, name)("detail").scim_type for name in makers}
    assert set(DOCUMENT["components"]["schemas"]["Error"]["properties"]["scimType"]["enum"]) == kinds - {None}


def test_it_is_served_to_anybody_with_the_configured_url(service: Any) -> None:
    reply = service.send("GET", f"{PREFIX}/openapi.json", None, {"Host": "elsewhere.example"})
    assert (reply.status, reply.headers["Content-Type"]) == (200, "application/json")
    assert reply.body == openapi.document(service.settings.scim_base_url)
    assert reply.body["servers"] == [{"url": service.settings.scim_base_url}]
