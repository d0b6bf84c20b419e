"""Attribute and SchemaDescription: names in any case, and the document that `/Schemas` shows."""

from __future__ import annotations

import dataclasses

import pytest

from optiid.scim.attributes import Attribute, SchemaDescription

VALUE = Attribute("value", description="A value", case_exact=True)
EMAILS = Attribute("emails", type="complex", multi_valued=True, sub_attributes=(VALUE, Attribute("$ref")))


@pytest.mark.parametrize("name", ["value", "VALUE", "Value"])
def test_sub_attribute_is_found_in_any_case(name: str) -> None:
    assert EMAILS.sub(name) is VALUE


def test_unknown_sub_attribute_is_none() -> None:
    assert EMAILS.sub("kind") is None
    assert VALUE.sub("value") is None


def test_attribute_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        VALUE.name = "other"  # type: ignore[misc]  # that is the point


def test_equal_attributes_are_equal_after_use() -> None:
    other = Attribute("emails", type="complex", multi_valued=True, sub_attributes=(VALUE, Attribute("$ref")))
    EMAILS.sub("value")
    assert other == EMAILS
    assert hash(other) == hash(EMAILS)


def test_document_of_a_text_has_every_characteristic() -> None:
    assert VALUE.document() == {
        "name": "value",
        "type": "string",
        "multiValued": False,
        "description": "A value",
        "required": False,
        "mutability": "readWrite",
        "returned": "default",
        "caseExact": True,
        "uniqueness": "none",
    }


def test_document_of_a_boolean_has_no_case() -> None:
    shown = Attribute("active", type="boolean").document()
    assert "caseExact" not in shown
    assert shown["uniqueness"] == "none"


def test_document_of_a_complex_attribute_holds_its_parts() -> None:
    shown = EMAILS.document()
    assert [part["name"] for part in shown["subAttributes"]] == ["value", "$ref"]
    assert "caseExact" not in shown
    assert "uniqueness" not in shown


def test_document_shows_suggestions_and_reference_types_only_where_there_are_some() -> None:
    shown = Attribute("type", canonical_values=("work",), type="reference", reference_types=("User",)).document()
    assert shown["canonicalValues"] == ["work"]
    assert shown["referenceTypes"] == ["User"]
    assert not {"canonicalValues", "referenceTypes", "subAttributes"} & VALUE.document().keys()


def test_document_hides_what_is_only_ours() -> None:
    shown = Attribute("userName", identifier=True, indexed=True, max_length=256).document()
    assert not {"identifier", "indexed", "max_length"} & shown.keys()


def test_schema_finds_its_attributes_in_any_case() -> None:
    schema = SchemaDescription("urn:x", "X", "An X", (VALUE, EMAILS))
    assert schema.attribute("EMAILS") is EMAILS
    assert schema.attribute("phones") is None


def test_filters_compare_sub_attributes_or_the_value_of_many_simple_ones() -> None:
    tags = Attribute("tags", case_exact=True, multi_valued=True)
    assert [(part.name, part.multi_valued, part.case_exact) for part in tags.parts] == [("value", False, True)]
    assert tags.part("VALUE") == tags.parts[0]
    assert (tags.part("type"), tags.sub("value"), Attribute("tag").parts) == (None, None, ())
    costs = Attribute("costs", "complex", multi_valued=True, sub_attributes=(Attribute("code"),))
    assert costs.parts == costs.sub_attributes
    assert costs.part("Code") == costs.sub("code")
