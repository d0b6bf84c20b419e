"""ScimSchema: described once, read by one instance, names in any case, nothing and unknown names left out."""

from __future__ import annotations

from typing import Any

import pytest
from marshmallow import ValidationError

from optiid.scim.fields import ValueLimits, complex_of, simple
from optiid.scim.schemas.base import ScimSchema


class PartSchema(ScimSchema):
    ref = simple("A link", "reference", data_key="$ref")
    text = simple("A text")


class ThingSchema(ScimSchema):
    URN = "urn:example:Thing"
    NAME = "Thing"
    DESCRIPTION = "A thing"

    label = simple("What it is called", required=True)
    part = complex_of(PartSchema, "Its part")
    number = simple("How many", "integer")
    owner = simple("The server's", mutability="readOnly")


def read(values: dict[str, Any], **more: Any) -> dict[str, Any]:
    return ThingSchema.reader().read_values(values, **more)


def faults_of(values: dict[str, Any], **more: Any) -> Any:
    with pytest.raises(ValidationError) as caught:
        read(values, **more)
    return caught.value.messages


def test_description_has_the_attributes_in_order_under_their_wire_names() -> None:
    described = ThingSchema.describe()
    assert (described.urn, described.name, described.description) == ("urn:example:Thing", "Thing", "A thing")
    assert [attribute.name for attribute in described.attributes] == ["label", "part", "number", "owner"]
    assert [part.name for part in described.attributes[1].sub_attributes] == ["$ref", "text"]


def test_description_and_reader_are_made_once_for_each_class() -> None:
    assert ThingSchema.describe() is ThingSchema.describe()
    assert ThingSchema.reader() is ThingSchema.reader()
    assert PartSchema.describe() is not ThingSchema.describe()
    assert type(PartSchema.reader()) is PartSchema


def test_names_are_read_in_any_case() -> None:
    assert read({"LABEL": "a", "Part": {"$REF": "b", "tExT": "c"}}) == {
        "label": "a",
        "part": {"$ref": "b", "text": "c"},
    }


@pytest.mark.parametrize("nothing", [None, [], {}])
def test_nothing_is_not_given(nothing: Any) -> None:
    assert read({"label": "a", "part": nothing, "number": nothing}) == {"label": "a"}
    assert read({"label": "a", "part": {"text": nothing}}) == {"label": "a"}
    assert faults_of({"label": nothing}) == {"label": ["is required: map it to a value"]}


def test_zero_and_empty_text_are_given() -> None:
    assert read({"label": "", "number": 0}) == {"label": "", "number": 0}


def test_read_only_and_unknown_names_are_passed_over() -> None:
    assert read({"label": "a", "owner": 5, "unknown": object()}) == {"label": "a"}


def test_all_faults_are_told_together() -> None:
    assert faults_of({"part": {"text": 1}, "number": "x"}) == {
        "label": ["is required: map it to a value"],
        "part": {"text": ["must be text, not a number"]},
        "number": ["must be a whole number, not text"],
    }


def test_faulty_value_is_not_called_missing() -> None:
    assert faults_of({"label": 1}) == {"label": ["must be text, not a number"]}


def test_limits_reach_the_parts() -> None:
    assert faults_of({"label": "a", "part": {"text": "abc"}}, limits=ValueLimits(string_length=2)) == {
        "part": {"text": ["has 3 characters; at most 2 are taken: shorten it"]}
    }


@pytest.mark.parametrize("name", ["label", "LABEL"])
def test_field_is_found_in_any_case(name: str) -> None:
    field = ThingSchema.reader().field(name)
    assert field is not None
    assert field.scim.name == "label"


def test_field_of_a_read_only_or_unknown_name_is_none() -> None:
    assert ThingSchema.reader().field("owner") is None
    assert ThingSchema.reader().field("unknown") is None


def test_marshmallow_loads_the_same() -> None:
    assert ThingSchema().load({"label": "a", "number": 1, "unknown": 2}) == {"label": "a", "number": 1}
    with pytest.raises(ValidationError):
        ThingSchema().load({"number": 1})
