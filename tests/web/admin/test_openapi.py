"""The OpenAPI document of the admin API: lawful, complete, the same for everybody."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

import jsonschema_rs

from optiid.services.rules import Rules
from optiid.web.admin import PREFIX, openapi
from optiid.web.admin.nouns import NOUNS, ROUTES, organizations
from tests.administering import DOCUMENT, OPERATIONS, pointed

if TYPE_CHECKING:
    from collections.abc import Iterator


def objects(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
    for below in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from objects(below)


def test_every_route_is_described_and_no_other() -> None:
    known = {(one.method, one.path.replace("<", "{").replace(">", "}")) for one in ROUTES}
    assert set(OPERATIONS) == known
    assert len(known) == len(ROUTES)


def test_operations_have_names_tags_and_keys() -> None:
    names = [one["operationId"] for one in OPERATIONS.values()]
    assert len(set(names)) == len(names)
    assert {tag["name"] for tag in DOCUMENT["tags"]} == set(NOUNS)
    assert DOCUMENT["security"] == [{"key": []}]
    for one in OPERATIONS.values():
        assert one["summary"].endswith((".", "?"))
        assert set(one["tags"]) <= set(NOUNS)


def test_references_lead_somewhere_and_nothing_is_spare() -> None:
    references = {found for one in objects(DOCUMENT) if isinstance(found := one.get("$ref"), str)}
    for reference in references:
        assert pointed(reference), reference
    kinds = ("schemas", "responses")
    there = {f"#/components/{kind}/{name}" for kind in kinds for name in DOCUMENT["components"][kind]}
    unused = {f"#/components/responses/{code}" for code in ("method-not-allowed", "failure")}
    assert there - references <= unused


def test_schemas_are_lawful_and_closed() -> None:
    for name, schema in DOCUMENT["components"]["schemas"].items():
        jsonschema_rs.meta.validate({"$schema": "https://json-schema.org/draft/2020-12/schema", **schema})
        assert schema["additionalProperties"] is False, name


def test_rules_are_those_of_the_service() -> None:
    known = {field.name for field in fields(Rules)}
    assert set(organizations.Rules().fields) == known
    assert set(organizations.RulesChange().fields) == known | {"preset"}


def test_it_is_served_to_anybody_with_the_configured_url(service: Any) -> None:
    reply = service.send("GET", f"{PREFIX}/openapi.json", None, {"Host": "elsewhere.example"})
    assert (reply.status, reply.headers["Content-Type"]) == (200, "application/json")
    assert reply.body == openapi.document(service.settings.public_origin)
    assert reply.body["servers"] == [{"url": service.settings.public_origin + PREFIX}]
    assert reply.body["openapi"] == "3.1.0"
