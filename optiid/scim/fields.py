"""Marshmallow fields that carry a SCIM attribute: one declaration says what is checked and what is discovered."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from marshmallow import ValidationError, fields

from optiid.scim.attributes import Attribute, AttributeType
from optiid.scim.identifiers import fault_of_identifier
from optiid.scim.likeness import likeness
from optiid.scim.search_form import comparable, instant_text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from optiid.scim.schemas.base import ScimSchema

_KINDS = {str: "text", bool: "a boolean", int: "a number", float: "a number", list: "a list", dict: "an object"}
# Certificates with many names exceed what is sensible for a text; this bounds them all the same.
BINARY_LENGTH = 65_536
SHOWN_LENGTH = 40


@dataclass(frozen=True, slots=True)
class ValueLimits:
    """How many values an attribute takes, how many members a group change, how many characters a text."""

    values: int = 1000
    members: int = 100_000
    string_length: int = 4096


DEFAULT_LIMITS = ValueLimits()


def kind_of(value: Any) -> str:
    """Return what a JSON value is, as a sentence names it."""
    return _KINDS.get(type(value), "null")


def wrong_kind(wanted: str, value: Any) -> ValidationError:
    """Return the error for a value of another JSON type than the attribute has."""
    return ValidationError(f"must be {wanted}, not {kind_of(value)}")


def _too_long(value: str, longest: int) -> ValidationError:
    return ValidationError(f"has {len(value)} characters; at most {longest} are taken: shorten it")


UNSTORABLE = re.compile("[\\x00\\ud800-\\udfff]")


def _text(attribute: Attribute, value: Any, limits: ValueLimits) -> Any:
    """Messages about texts never hold the value: it may be a password."""
    if not isinstance(value, str):
        raise wrong_kind("text", value)
    if len(value) > (longest := attribute.max_length or limits.string_length):
        raise _too_long(value, longest)
    if not value.isprintable() and UNSTORABLE.search(value):
        # The reader of bodies refuses these; a plugin may have unwrapped a text that holds them.
        raise ValidationError("has a NUL character or half of a surrogate pair")
    if attribute.identifier and (fault := fault_of_identifier(value, one_direction=attribute.one_direction)):
        raise ValidationError(fault)
    if attribute.restricted and not _is_canonical(attribute, value):
        raise ValidationError(f"must be one of {', '.join(attribute.canonical_values)}")
    return value


def _is_canonical(attribute: Attribute, text: str) -> bool:
    wanted = comparable(attribute, text)
    return any(comparable(attribute, value) == wanted for value in attribute.canonical_values)


def _boolean(_attribute: Attribute, value: Any, _limits: ValueLimits) -> Any:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and len(value) <= SHOWN_LENGTH:
        raise ValidationError(f"must be true or false, not the text {value!r}")
    raise wrong_kind("true or false", value)


def _integer(_attribute: Attribute, value: Any, _limits: ValueLimits) -> Any:
    if isinstance(value, bool) or not isinstance(value, int):
        raise wrong_kind("a whole number", value)
    return value


def _decimal(_attribute: Attribute, value: Any, _limits: ValueLimits) -> Any:
    if isinstance(value, bool) or not isinstance(value, (int, float, Decimal)):
        raise wrong_kind("a number", value)
    return value


def _date_time(attribute: Attribute, value: Any, limits: ValueLimits) -> Any:
    # What has no instant in UTC could be stored, but neither found, sorted nor unique.
    if instant_text(_text(attribute, value, limits)) is None:
        raise ValidationError("must be a date and time such as 2026-11-24T10:00:00Z")
    return value


def _binary(attribute: Attribute, value: Any, _limits: ValueLimits) -> Any:
    """Either alphabet is taken, and missing padding (RFC 7643, section 2.3.6)."""
    if not isinstance(value, str):
        raise wrong_kind("text in base64", value)
    if len(value) > (longest := attribute.max_length or BINARY_LENGTH):
        raise _too_long(value, longest)
    usual = value.replace("-", "+").replace("_", "/")
    try:
        base64.b64decode(usual if usual.endswith("=") else usual + "=" * (-len(usual) % 4), validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValidationError("must be base64, without blanks and line breaks") from error
    return value


_CHECKS: Mapping[str, Callable[[Attribute, Any, ValueLimits], Any]] = {
    "string": _text,
    "reference": _text,
    "boolean": _boolean,
    "integer": _integer,
    "decimal": _decimal,
    "dateTime": _date_time,
    "binary": _binary,
}


class ScimField(fields.Field[Any]):
    """A field with the SCIM characteristics of its attribute as `scim`, whose name is known once a schema is made.

    They are not called `attribute`, which marshmallow reads as the name of a key.
    """

    def __init__(self, attribute: Attribute, data_key: str | None = None) -> None:
        super().__init__(data_key=data_key, allow_none=True, required=attribute.required)
        self.scim = attribute

    def _bind_to_schema(self, field_name: str, parent: Any) -> None:
        super()._bind_to_schema(field_name, parent)
        self.scim = replace(self.scim, name=self.data_key or field_name)

    @property
    def takes_any_text(self) -> bool:
        """Whether nothing is asked of a text but a usual length, and that it can be stored."""
        asked = (self.scim.identifier, self.scim.restricted, self.scim.multi_valued, self.scim.max_length)
        return self.scim.type in ("string", "reference") and not any(asked)

    def read(self, value: Any, limits: ValueLimits) -> Any:
        """Return a value as it is stored. Raises ValidationError with messages by sub-attribute and position."""
        raise NotImplementedError

    def _deserialize(
        self,
        value: Any,
        attr: str | None,  # noqa: ARG002 - marshmallow's signature
        data: Mapping[str, Any] | None,  # noqa: ARG002 - marshmallow's signature
        limits: ValueLimits = DEFAULT_LIMITS,
        **_: Any,
    ) -> Any:
        return self.read(value, limits)


class SimpleField(ScimField):
    """A single value of a simple type, checked and kept as it was sent."""

    def __init__(self, attribute: Attribute, data_key: str | None = None) -> None:
        super().__init__(attribute, data_key)
        self._check = _CHECKS[attribute.type]

    def read(self, value: Any, limits: ValueLimits) -> Any:
        """Return the value itself."""
        return self._check(self.scim, value, limits)


class SimplePluralField(SimpleField):
    """A multi-valued attribute of a simple type: a list of single values, each there once."""

    def __init__(self, attribute: Attribute, data_key: str | None = None) -> None:
        super().__init__(replace(attribute, multi_valued=True), data_key)

    def read(self, value: Any, limits: ValueLimits) -> Any:
        """Return the values in order, without repetitions."""
        kept: dict[Any, Any] = {}
        for element in _read_list(value, limits, super().read):
            kept.setdefault(likeness(self.scim, element), element)
        return list(kept.values())


class ComplexField(ScimField):
    """A single value with sub-attributes."""

    def __init__(self, schema: type[ScimSchema], attribute: Attribute) -> None:
        super().__init__(replace(attribute, type="complex", sub_attributes=schema.describe().attributes))
        self._schema = schema

    def read(self, value: Any, limits: ValueLimits) -> Any:
        """Return the object under canonical names; empty when nothing in it counts."""
        if not isinstance(value, dict):
            raise wrong_kind(f"an object with {self._schema.reader().names}", value)
        return self._schema.reader().read_values(value, limits)


class PluralField(ComplexField):
    """A multi-valued attribute: a list of complex values, at most one of them primary (RFC 7643, section 2.4)."""

    def __init__(self, schema: type[ScimSchema], attribute: Attribute) -> None:
        super().__init__(schema, replace(attribute, multi_valued=True))

    def read(self, value: Any, limits: ValueLimits) -> Any:
        """Return the values without empty ones."""
        elements = _read_list(value, limits, super().read)
        if sum(element.get("primary") is True for element in elements) > 1:
            raise ValidationError("has more than one primary value: mark only one")
        return [element for element in elements if element]


def _read_list(value: Any, limits: ValueLimits, read: Callable[[Any, ValueLimits], Any]) -> list[Any]:
    """Return each value of a list as it is read. Raises ValidationError with messages by position."""
    if not isinstance(value, list):
        raise wrong_kind("a list", value)
    if len(value) > limits.values:
        raise ValidationError(f"has {len(value)} values; at most {limits.values} are taken: send fewer")
    elements, faults = [], {}
    for position, element in enumerate(value):
        try:
            elements.append(read(element, limits))
        except ValidationError as error:
            faults[position] = error.messages
    if faults:
        raise ValidationError(faults)
    return elements


def simple(
    description: str, kind: AttributeType = "string", *, data_key: str | None = None, **characteristics: Any
) -> SimpleField:
    """Return the field of a simple attribute; `characteristics` are those of Attribute."""
    return SimpleField(Attribute("", type=kind, description=description, **characteristics), data_key)


def complex_of(schema: type[ScimSchema], description: str, **characteristics: Any) -> ComplexField:
    """Return the field of a complex attribute whose sub-attributes a schema describes."""
    return ComplexField(schema, Attribute("", description=description, **characteristics))


def plural_of(schema: type[ScimSchema], description: str, **characteristics: Any) -> PluralField:
    """Return the field of a multi-valued complex attribute."""
    return PluralField(schema, Attribute("", description=description, **characteristics))
