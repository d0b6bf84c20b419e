"""marshmallow fields that carry a SCIM attribute: the schema classes say in one place what is checked and discovered."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from marshmallow import ValidationError, fields

from optiid.scim.attributes import Attribute

if TYPE_CHECKING:
    from optiid.scim.schemas.base import ScimSchema

STRING_LENGTH = 4096
_KINDS = {str: "text", bool: "a boolean", int: "a number", float: "a number", list: "a list", dict: "an object"}
# RFC 7643, section 2.3.5: xsd:dateTime, always with a time of day.
_DATE_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)?")


def wrong_kind(wanted: str, value: Any) -> ValidationError:
    """Return the error for a value of another JSON type than the attribute has."""
    return ValidationError(f"must be {wanted}, not {_KINDS.get(type(value), 'null')}")


def _text(attribute: Attribute, value: Any) -> Any:
    if not isinstance(value, str):
        raise wrong_kind("text", value)
    longest = attribute.max_length or STRING_LENGTH
    if len(value) > longest:
        raise ValidationError(f"has {len(value)} characters; at most {longest} are taken")
    return value


def _boolean(_attribute: Attribute, value: Any) -> Any:
    if not isinstance(value, bool):
        raise wrong_kind("true or false", value)
    return value


def _integer(_attribute: Attribute, value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, int):
        raise wrong_kind("a whole number", value)
    return value


def _decimal(_attribute: Attribute, value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, (int, float, Decimal)):
        raise wrong_kind("a number", value)
    return value


def _date_time(attribute: Attribute, value: Any) -> Any:
    text = _text(attribute, value)
    try:
        if not _DATE_TIME.fullmatch(text):
            raise ValueError
        datetime.fromisoformat(text)
    except ValueError as error:
        raise ValidationError("must be a date and time such as 2026-11-24T10:00:00Z") from error
    return value


def _binary(attribute: Attribute, value: Any) -> Any:
    text = _text(replace(attribute, max_length=attribute.max_length or 64 * STRING_LENGTH), value)
    try:
        base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValidationError("must be base64") from error
    return value


_CHECKS: Mapping[str, Callable[[Attribute, Any], Any]] = {
    "string": _text,
    "reference": _text,
    "boolean": _boolean,
    "integer": _integer,
    "decimal": _decimal,
    "dateTime": _date_time,
    "binary": _binary,
}


class ScimField(fields.Field[Any]):
    """A field that carries the SCIM characteristics of an attribute; its name is known when a schema is described."""

    def __init__(self, attribute: Attribute, data_key: str | None = None) -> None:
        super().__init__(data_key=data_key)
        self.attribute = attribute


class SimpleField(ScimField):
    """A single value of a simple type, checked and kept as it was sent."""

    def __init__(self, attribute: Attribute, data_key: str | None = None) -> None:
        super().__init__(attribute, data_key)
        self._check = _CHECKS[attribute.type]

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **_: Any) -> Any:  # noqa: ARG002 - marshmallow's signature
        return self._check(self.attribute, value)


class ComplexField(ScimField):
    """A single value with sub-attributes."""

    def __init__(self, schema: type[ScimSchema], attribute: Attribute) -> None:
        super().__init__(replace(attribute, type="complex", sub_attributes=schema.describe().attributes))
        self._schema = schema

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **_: Any) -> Any:  # noqa: ARG002 - marshmallow's signature
        if not isinstance(value, dict):
            raise wrong_kind("an object", value)
        return self._schema.reader().read_values(value)


class PluralField(ComplexField):
    """A multi-valued attribute: a list of complex values, at most one of them primary (RFC 7643, section 2.4)."""

    def __init__(self, schema: type[ScimSchema], attribute: Attribute) -> None:
        super().__init__(schema, replace(attribute, multi_valued=True))

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **more: Any) -> Any:
        if not isinstance(value, list):
            raise wrong_kind("a list", value)
        elements, faults = [], {}
        for position, element in enumerate(value):
            try:
                elements.append(super()._deserialize(element, attr, data, **more))
            except ValidationError as error:
                faults[position] = error.messages
        if faults:
            raise ValidationError(faults)
        if sum(element.get("primary") is True for element in elements) > 1:
            raise ValidationError("has more than one primary value")
        return [element for element in elements if element]


def simple(description: str, kind: str = "string", *, data_key: str | None = None, **characteristics: Any) -> SimpleField:
    """Return the field of a simple attribute; `characteristics` are those of Attribute."""
    return SimpleField(Attribute("", type=kind, description=description, **characteristics), data_key)  # type: ignore[arg-type]  # kinds are literals


def complex_of(schema: type[ScimSchema], description: str, **characteristics: Any) -> ComplexField:
    """Return the field of a complex attribute whose sub-attributes a schema describes."""
    return ComplexField(schema, Attribute("", description=description, **characteristics))


def plural_of(schema: type[ScimSchema], description: str, **characteristics: Any) -> PluralField:
    """Return the field of a multi-valued complex attribute."""
    return PluralField(schema, Attribute("", description=description, **characteristics))
