"""Schema documents become schemas that are enforced; what cannot be enforced is refused with its place."""

from __future__ import annotations

from typing import Any

import pytest
from marshmallow import ValidationError

from optiid.scim.discovery import SCHEMA_URN, schema_document
from optiid.scim.errors import ScimError
from optiid.scim.resource_types import GROUP, USER
from optiid.scim.schema_reading import check_joins, read_schema

URN = "urn:example:params:scim:schemas:Badge"


def document(*attributes: Any, **more: Any) -> dict[str, Any]:
    return {"schemas": [SCHEMA_URN], "id": URN, "name": "Badge", "attributes": list(attributes)} | more


def refusal(given: Any) -> str:
    with pytest.raises(ScimError) as caught:
        read_schema(given)
    assert caught.value.scim_type == "invalidValue"
    return caught.value.detail


def test_document_comes_back_as_it_was_given() -> None:
    attributes = [
        {
            "name": "number", "type": "string", "multiValued": False, "description": "On the badge", "required": True,
            "mutability": "immutable", "returned": "always", "caseExact": True, "uniqueness": "server",
        },
        {
            "name": "doors", "type": "string", "multiValued": True, "description": "", "required": False,
            "mutability": "readWrite", "returned": "request", "caseExact": False, "uniqueness": "none",
            "canonicalValues": ["front", "back"],
        },
        {
            "name": "costs", "type": "complex", "multiValued": True, "description": "", "required": False,
            "mutability": "readWrite", "returned": "default",
            "subAttributes": [
                {
                    "name": "amount", "type": "decimal", "multiValued": False, "description": "", "required": True,
                    "mutability": "readWrite", "returned": "default", "uniqueness": "none",
                }
            ],
        },
    ]  # fmt: skip
    given = document(*attributes)
    shown = schema_document(read_schema(given).describe(), "https://x")
    assert shown["attributes"] == attributes
    assert read_schema(shown).describe() == read_schema(given).describe()


def test_what_is_not_given_has_the_defaults_of_the_rfc() -> None:
    (attribute,) = read_schema({"id": URN, "attributes": [{"name": "number"}]}).describe().attributes
    assert (attribute.type, attribute.multi_valued, attribute.required, attribute.case_exact) == (
        "string", False, False, False,
    )  # fmt: skip
    assert (attribute.mutability, attribute.returned, attribute.uniqueness) == ("readWrite", "default", "none")


@pytest.mark.parametrize("name", ["fields", "load", "Meta", "names", "validate", "context", "opts", "type", "value"])
def test_any_lawful_name_is_taken(name: str) -> None:
    schema = read_schema(document({"name": name}))
    assert schema.reader().read_values({name.upper(): "x"}) == {name: "x"}


def test_values_are_read_by_it() -> None:
    schema = read_schema(
        document(
            {"name": "number", "required": True},
            {"name": "doors", "multiValued": True, "canonicalValues": ["front", "back"]},
            {"name": "level", "type": "integer"},
            {"name": "since", "type": "dateTime"},
        )
    )
    read = schema.reader().read_values
    values = {"NUMBER": "7", "doors": ["Front", "front", "back"], "level": 3, "since": "2026-01-01T00:00:00Z"}
    assert read(values) == {
        "number": "7",
        "doors": ["Front", "back"],
        "level": 3,
        "since": "2026-01-01T00:00:00Z",
    }
    for wrong in ({}, {"number": 7}, {"number": "7", "doors": "front"}, {"number": "7", "doors": ["side"]},
                  {"number": "7", "level": "3"}, {"number": "7", "since": "yesterday"}):  # fmt: skip
        with pytest.raises(ValidationError):
            read(wrong)


@pytest.mark.parametrize(
    ("attribute", "fault"),
    [
        ({}, "name: must be letters"),
        ("number", "name: must be letters"),
        ({"name": "$ref"}, "name: must be letters"),
        ({"name": "a b"}, "name: must be letters"),
        ({"name": "n", "type": "text"}, "n: has type 'text'; it can be string"),
        ({"name": "n", "type": ["string"]}, "n: has type"),
        ({"name": "n", "required": "true"}, "n: has required 'true'; it must be true or false"),
        ({"name": "n", "uniquness": "server"}, "n: has 'uniquness', which is no characteristic"),
        ({"name": "n", "uniqueness": "global"}, "n: has uniqueness 'global'; it can be none, server"),
        ({"name": "n", "type": "boolean", "uniqueness": "server"}, "n: is boolean, which cannot be unique"),
        ({"name": "n", "mutability": "readOnly", "required": True}, "n: is readOnly and required"),
        ({"name": "n", "mutability": "writeOnly", "returned": "default"}, "n: is writeOnly, so returned must be never"),
        ({"name": "n", "type": "complex"}, "n: needs a list of 1 to 200 attributes"),
        ({"name": "n", "subAttributes": [{"name": "x"}]}, "n: has subAttributes, which only complex"),
        ({"name": "n", "type": "integer", "canonicalValues": ["1"]}, "n: has canonicalValues, which are for text"),
        ({"name": "n", "canonicalValues": "a"}, "n.canonicalValues: must be a list"),
        (
            {"name": "n", "type": "complex", "subAttributes": [{"name": "x", "type": "complex"}]},
            "n.x: is complex inside",
        ),
        (
            {"name": "n", "type": "complex", "subAttributes": [{"name": "x", "multiValued": True}]},
            "n.x: is multi-valued inside",
        ),
        ({"name": "n", "description": "a\nb"}, "n.description: must be one line"),
    ],
)
def test_what_cannot_be_enforced_is_refused(attribute: Any, fault: str) -> None:
    assert fault in refusal(document(attribute))


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        ([], "must be a JSON object"),
        ({"id": URN}, "attributes: needs a list"),
        ({"id": URN, "attributes": []}, "attributes: needs a list"),
        ({"id": URN, "schemas": ["urn:x"], "attributes": [{"name": "n"}]}, "must have schemas"),
        ({"id": URN, "schemas": 3, "attributes": [{"name": "n"}]}, "must have schemas"),
        ({"attributes": [{"name": "n"}]}, "id: must be a URN"),
        ({"id": "badge", "attributes": [{"name": "n"}]}, "id: must be a URN"),
        ({"id": 'urn:example:"x', "attributes": [{"name": "n"}]}, "id: must be a URN"),
        ({"id": "urn:example:badge:1.0", "attributes": [{"name": "n"}]}, "id: must be a URN"),
        ({"id": URN, "attributes": [{"name": "n"}, {"name": "N"}]}, "N: is there twice"),
    ],
)
def test_documents_that_are_no_schemas_are_refused(given: Any, fault: str) -> None:
    assert fault in refusal(given)


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        (document({"name": "n"}, id="urn:ietf:params:scim:schemas:extension:mine:User"), "name space of the IETF"),
        (document({"name": "n"}, id="urn:optiid:params:scim:x"), "or of this service"),
        (document({"name": "n"}, id=URN.upper().replace("URN:", "urn:")), "is a schema here already"),
        (document({"name": "n"}, id=f"{URN}:more"), "cannot be told from an attribute of"),
        (document({"name": "n"}, id=URN.rpartition(":")[0]), "cannot be told from an attribute of"),
        (document({"name": "USERNAME"}, id="urn:example:x"), "USERNAME: is an attribute of User already"),
        (document({"name": "id"}, id="urn:example:x"), "id: is an attribute of User already"),
        (document({"name": "meta"}, id="urn:example:x"), "meta: is an attribute of User already"),
    ],
)
def test_schemas_that_clash_are_refused(given: dict[str, Any], fault: str) -> None:
    with pytest.raises(ScimError, match=fault):
        check_joins(read_schema(given), USER, [URN, USER.schema.urn])


def test_schema_that_clashes_with_nothing_joins() -> None:
    check_joins(read_schema(document({"name": "userName"})), GROUP, [USER.schema.urn])
