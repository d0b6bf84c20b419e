"""Fields check one value strictly: JSON types are never converted, and no message about a text repeats it."""

from __future__ import annotations

from typing import Any

import pytest
from marshmallow import ValidationError

from optiid.scim.attributes import Attribute
from optiid.scim.fields import DEFAULT_LIMITS, SimpleField, ValueLimits, complex_of, plural_of, simple
from optiid.scim.schemas.base import ScimSchema


class PartSchema(ScimSchema):
    value = simple("A value")
    ref = simple("A link", "reference", data_key="$ref")
    primary = simple("Preferred", "boolean")
    kept = simple("The server's", mutability="readOnly")


class SampleSchema(ScimSchema):
    one = complex_of(PartSchema, "One")
    many = plural_of(PartSchema, "Many", indexed=True)
    flag = simple("A flag", "boolean")


FIELDS = SampleSchema.reader().fields


def messages_of(field: Any, value: Any, **more: Any) -> Any:
    with pytest.raises(ValidationError) as caught:
        field.deserialize(value, **more)
    return caught.value.messages


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("string", ""),
        ("string", "ünï"),
        ("reference", "../Users/1"),
        ("boolean", True),
        ("boolean", False),
        ("integer", -3),
        ("decimal", 3),
        ("decimal", 1.5),
        ("dateTime", "2026-11-24T10:00:00Z"),
        ("dateTime", "2026-11-24T10:00:00.123+02:00"),
        ("dateTime", "2026-11-24T10:00:00"),
        ("binary", "AQID"),
        ("binary", "AQIDBA=="),
        ("binary", "AQIDBA"),
        ("binary", "-_-_"),
        ("binary", ""),
    ],
)
def test_value_of_the_right_type_is_kept_as_sent(kind: Any, value: Any) -> None:
    assert simple("", kind).deserialize(value) is value


@pytest.mark.parametrize(
    ("kind", "value", "message"),
    [
        ("string", 1, "must be text, not a number"),
        ("string", 1.5, "must be text, not a number"),
        ("string", True, "must be text, not a boolean"),
        ("string", ["x"], "must be text, not a list"),
        ("string", {"x": 1}, "must be text, not an object"),
        ("reference", 1, "must be text, not a number"),
        ("boolean", "True", "must be true or false, not the text 'True'"),
        ("boolean", "a\nb", "must be true or false, not the text 'a\\nb'"),
        ("boolean", "x" * 41, "must be true or false, not text"),
        ("boolean", 1, "must be true or false, not a number"),
        ("integer", True, "must be a whole number, not a boolean"),
        ("integer", 1.0, "must be a whole number, not a number"),
        ("integer", "1", "must be a whole number, not text"),
        ("decimal", False, "must be a number, not a boolean"),
        ("decimal", "1", "must be a number, not text"),
        ("dateTime", 5, "must be text, not a number"),
        ("dateTime", "2026-11-24", "must be a date and time such as 2026-11-24T10:00:00Z"),
        ("dateTime", "2026-13-24T10:00:00Z", "must be a date and time such as 2026-11-24T10:00:00Z"),
        ("dateTime", "2026-11-24 10:00:00Z", "must be a date and time such as 2026-11-24T10:00:00Z"),
        ("dateTime", "2026-11-24T10:00:00Z\n", "must be a date and time such as 2026-11-24T10:00:00Z"),
        ("dateTime", "٢٠٢٦-11-24T10:00:00Z", "must be a date and time such as 2026-11-24T10:00:00Z"),
        ("binary", 5, "must be text in base64, not a number"),
        ("binary", "AQI*", "must be base64, without blanks and line breaks"),
        ("binary", "AQID\nAQID", "must be base64, without blanks and line breaks"),
        ("binary", "A", "must be base64, without blanks and line breaks"),
        ("binary", "ü", "must be base64, without blanks and line breaks"),
    ],
)
def test_value_of_a_wrong_type_is_refused(kind: Any, value: Any, message: str) -> None:
    assert messages_of(simple("", kind), value) == [message]


def test_text_is_as_long_as_the_attribute_or_else_the_limit_allows() -> None:
    limits = ValueLimits(string_length=5)
    assert simple("").deserialize("x" * 4096) == "x" * 4096
    assert messages_of(simple(""), "x" * 4097) == ["has 4097 characters; at most 4096 are taken: shorten it"]
    assert messages_of(simple(""), "xxxxxx", limits=limits) == ["has 6 characters; at most 5 are taken: shorten it"]
    assert simple("", max_length=6).deserialize("xxxxxx", limits=limits) == "xxxxxx"
    assert messages_of(simple("", max_length=2), "xxx") == ["has 3 characters; at most 2 are taken: shorten it"]


def test_certificate_may_be_longer_than_a_text() -> None:
    assert simple("", "binary").deserialize("A" * 65_536)
    assert messages_of(simple("", "binary"), "A" * 65_537) == [
        "has 65537 characters; at most 65536 are taken: shorten it"
    ]


def test_message_about_a_text_never_repeats_it() -> None:
    secret = "correct horse"
    for field in (simple("", max_length=3), simple("", "binary"), simple("", "dateTime")):
        assert secret not in str(messages_of(field, secret))


def test_null_is_no_fault() -> None:
    assert FIELDS["one"].deserialize(None) is None


def test_complex_value_gets_canonical_names_and_loses_what_no_client_sets() -> None:
    sent = {"VALUE": "x", "$REF": "y", "primary": None, "kept": "z", "unknown": 1}
    assert FIELDS["one"].deserialize(sent) == {"value": "x", "$ref": "y"}


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("x", "must be an object with value, $ref, primary, not text"),
        ([{"value": "x"}], "must be an object with value, $ref, primary, not a list"),
        (False, "must be an object with value, $ref, primary, not a boolean"),
    ],
)
def test_complex_value_must_be_an_object(value: Any, message: str) -> None:
    assert messages_of(FIELDS["one"], value) == [message]


def test_complex_value_names_each_faulty_part() -> None:
    found = messages_of(FIELDS["one"], {"Value": 1, "$Ref": 2, "primary": True})
    assert found == {"value": ["must be text, not a number"], "$ref": ["must be text, not a number"]}


def test_plural_drops_what_is_empty_and_keeps_order() -> None:
    sent = [{"value": "b"}, {}, {"unknown": 1}, {"value": None}, {"value": "a"}]
    assert FIELDS["many"].deserialize(sent) == [{"value": "b"}, {"value": "a"}]


@pytest.mark.parametrize("value", [{"value": "x"}, "x", 1, True])
def test_plural_must_be_a_list(value: Any) -> None:
    assert messages_of(FIELDS["many"], value)[0].startswith("must be a list, not ")


def test_plural_names_the_position_of_each_fault() -> None:
    found = messages_of(FIELDS["many"], [{"value": "x"}, {"value": 1}, "x", None])
    assert found == {
        1: {"value": ["must be text, not a number"]},
        2: ["must be an object with value, $ref, primary, not text"],
        3: ["must be an object with value, $ref, primary, not null"],
    }


def test_plural_has_one_primary_value_at_most() -> None:
    one = [{"value": "x", "primary": True}, {"value": "y", "primary": False}]
    assert FIELDS["many"].deserialize(one) == one
    two = [{"value": "x", "primary": True}, {"value": "y", "primary": True}]
    assert messages_of(FIELDS["many"], two) == ["has more than one primary value: mark only one"]


def test_plural_has_as_many_values_as_the_limit_allows() -> None:
    values = [{"value": "x"}] * 3
    assert FIELDS["many"].deserialize(values, limits=ValueLimits(values=3)) == values
    assert messages_of(FIELDS["many"], values, limits=ValueLimits(values=2)) == [
        "has 3 values; at most 2 are taken: send fewer"
    ]


def test_field_knows_its_attribute_once_a_schema_is_made() -> None:
    assert FIELDS["flag"].scim == Attribute("flag", type="boolean", description="A flag")
    assert FIELDS["many"].scim.multi_valued
    assert FIELDS["many"].scim.indexed
    assert PartSchema.reader().fields["ref"].scim.name == "$ref"
    assert [part.name for part in FIELDS["one"].scim.sub_attributes] == ["value", "$ref", "primary", "kept"]


def test_identifier_is_checked_by_its_characteristic() -> None:
    assert simple("").deserialize(" a") == " a"
    assert messages_of(simple("", identifier=True), " a") == ["begins or ends with a blank: remove it"]


def test_simple_field_reads_without_marshmallow_dispatch() -> None:
    field = SimpleField(Attribute("x"))
    assert field.read("a", DEFAULT_LIMITS) == "a"
