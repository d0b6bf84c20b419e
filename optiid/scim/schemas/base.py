"""What all SCIM schema classes share: their description, and reading values by names in any case."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar, Self

from marshmallow import EXCLUDE, Schema, ValidationError

from optiid.scim.attributes import AnyCase, SchemaDescription
from optiid.scim.fields import DEFAULT_LIMITS, ScimField, ValueLimits

if TYPE_CHECKING:
    from collections.abc import Mapping

# An empty list or object counts as not given (RFC 7643, section 2.5).
NOTHING: tuple[Any, ...] = ([], {})


class ScimSchema(Schema):
    """A schema of attributes, or the sub-attributes of a complex one (then without a URN)."""

    URN: ClassVar[str] = ""
    NAME: ClassVar[str] = ""
    DESCRIPTION: ClassVar[str] = ""

    class Meta:
        """Unknown names do no harm (RFC 7644, section 3.3)."""

        unknown = EXCLUDE

    @classmethod
    @cache
    def describe(cls) -> SchemaDescription:
        """Return the schema as the protocol sees it."""
        attributes = tuple(
            replace(field.scim, name=field.data_key or name)
            for name, field in cls._declared_fields.items()
            if isinstance(field, ScimField)
        )
        return SchemaDescription(cls.URN, cls.NAME, cls.DESCRIPTION, attributes)

    @classmethod
    @cache
    def reader(cls) -> Self:
        """Return the one instance that reads values; making one costs as much as reading a resource."""
        return cls()

    def __init__(self) -> None:
        super().__init__()
        described = [field for field in self.fields.values() if isinstance(field, ScimField)]
        # Read-only attributes are the server's: what a client sends for them is passed over (RFC 7644, section 3.3).
        writable = [field for field in described if field.scim.mutability != "readOnly"]
        self._fields = AnyCase((field.scim.name, field) for field in writable)
        self._texts = AnyCase(
            (field.scim.name, field.scim.name if field.takes_any_text else None) for field in writable
        )
        self._required = [field.scim.name for field in writable if field.scim.required]
        self.names = ", ".join(field.scim.name for field in writable)

    def field(self, name: str) -> ScimField | None:
        """Return the field of a writable attribute, whatever the case of `name`."""
        return self._fields[name]

    def read_values(self, values: Mapping[str, Any], limits: ValueLimits = DEFAULT_LIMITS) -> dict[str, Any]:
        """Return the values under canonical names; null, [] and {} are not given, unknown names are dropped.

        Raises ValidationError with a message for each attribute that does not fit.
        """
        read: dict[str, Any] = {}
        faults: dict[str, Any] = {}
        texts, longest = self._texts, limits.string_length
        for name, value in values.items():
            if type(value) is str and (known := texts[name]) and len(value) <= longest and value.isprintable():
                read[known] = value  # nothing more is asked of most texts
                continue
            field = self._fields[name]
            if field is None or value is None or (not value and value in NOTHING):
                continue
            try:
                found = field.read(value, limits)
            except ValidationError as error:
                faults[field.scim.name] = error.messages
                continue
            if found or found not in NOTHING:
                read[field.scim.name] = found
        for name in self._required:
            if name not in read and name not in faults:
                faults[name] = ["is required: map it to a value"]
        if faults:
            raise ValidationError(faults)
        return read
