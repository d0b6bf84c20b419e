"""What all SCIM schema classes share: their description, and reading values by names in any case."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any, ClassVar, Self

from marshmallow import Schema, ValidationError

from optiid.scim.attributes import SchemaDescription
from optiid.scim.fields import ScimField


class ScimSchema(Schema):
    """A schema of attributes, or the sub-attributes of a complex one (then without a URN)."""

    URN: ClassVar[str] = ""
    NAME: ClassVar[str] = ""
    DESCRIPTION: ClassVar[str] = ""

    @classmethod
    @cache
    def describe(cls) -> SchemaDescription:
        """Return the schema as the protocol sees it."""
        attributes = tuple(
            replace(field.attribute, name=field.data_key or name)
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
        described = {attribute.name: attribute for attribute in self.describe().attributes}
        # Read-only attributes are the server's: what a client sends for them is passed over (RFC 7644, section 3.3).
        self._fields = {
            key.lower(): (key, field)
            for name, field in self.fields.items()
            if described[key := field.data_key or name].mutability != "readOnly"
        }
        self._required = [name for name, attribute in described.items() if attribute.required]

    def field(self, name: str) -> tuple[str, Any] | None:
        """Return the canonical name and the field of a writable attribute, whatever the case of `name`."""
        return self._fields.get(name.lower())

    def read_values(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return the values under canonical names; null, [] and {} are not given, unknown names are dropped.

        Raises ValidationError with a message for each attribute that does not fit.
        """
        read: dict[str, Any] = {}
        faults: dict[str, Any] = {}
        for name, value in values.items():
            known = self._fields.get(name.lower())
            if known is None or value is None or value in ([], {}):
                continue
            canonical, field = known
            try:
                found = field.deserialize(value)
            except ValidationError as error:
                faults[canonical] = error.messages
                continue
            if found not in ([], {}):
                read[canonical] = found
        for name in self._required:
            if name not in read and name not in faults:
                faults[name] = ["is required"]
        if faults:
            raise ValidationError(faults)
        return read
