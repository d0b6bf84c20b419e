"""Resource types (RFC 7643, section 6): which schemas a type joins, and where an attribute name leads in it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

from optiid.scim.attributes import Attribute, SchemaDescription, by_name
from optiid.scim.schemas.enterprise_user import EnterpriseUserSchema
from optiid.scim.schemas.group import GroupSchema
from optiid.scim.schemas.user import UserSchema

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optiid.scim.attributes import AnyCase
    from optiid.scim.schemas.base import ScimSchema

RESOURCE_TYPE_URN = "urn:ietf:params:scim:schemas:core:2.0:ResourceType"

_META_PARTS = ("resourceType", "created", "lastModified", "location", "version")

# RFC 7643, section 3.1: attributes that every resource has and no schema lists.
COMMON_ATTRIBUTES: tuple[Attribute, ...] = (
    Attribute("id", case_exact=True, mutability="readOnly", returned="always", uniqueness="server"),
    Attribute("externalId", case_exact=True, max_length=4096),
    # URNs are the same in any case (RFC 7644, section 3.10).
    Attribute("schemas", type="reference", multi_valued=True, returned="always"),
    Attribute(
        "meta",
        type="complex",
        mutability="readOnly",
        sub_attributes=tuple(
            Attribute(
                part,
                type="dateTime" if part in ("created", "lastModified") else "string",
                case_exact=True,
                mutability="readOnly",
            )
            for part in _META_PARTS
        ),
    ),
)


@dataclass(frozen=True, slots=True)
class Location:
    """Where an attribute lives: `extension` is the URN key of its container, None for the core document."""

    extension: str | None
    attribute: Attribute
    sub_attribute: Attribute | None = None

    @property
    def leaf(self) -> Attribute:
        """The attribute that a comparison is about."""
        return self.sub_attribute or self.attribute

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys that lead from the document to the leaf, in canonical spelling."""
        keys = (self.attribute.name,) if self.sub_attribute is None else (self.attribute.name, self.sub_attribute.name)
        return keys if self.extension is None else (self.extension, *keys)

    def with_sub(self, sub_attribute: Attribute) -> Location:
        """Return the location of a sub-attribute of this attribute."""
        return Location(self.extension, self.attribute, sub_attribute)


@dataclass(frozen=True)
class ResourceType:
    """One resource type; `name_attribute` is what people know a resource by, unique in its organization."""

    name: str
    endpoint: str
    description: str
    schema_class: type[ScimSchema]
    extension_classes: tuple[type[ScimSchema], ...]
    name_attribute: str

    @cached_property
    def schema(self) -> SchemaDescription:
        """The core schema."""
        return self.schema_class.describe()

    @cached_property
    def extension_schemas(self) -> dict[str, type[ScimSchema]]:
        """The classes of the registered extension schemas by URN."""
        return {schema.describe().urn: schema for schema in self.extension_classes}

    @cached_property
    def extensions(self) -> dict[str, SchemaDescription]:
        """The registered extension schemas by URN."""
        return {urn: schema.describe() for urn, schema in self.extension_schemas.items()}

    @cached_property
    def links(self) -> tuple[tuple[str, str, str], ...]:
        """Complex attributes of extensions that refer to a resource: (extension URN, attribute, resource type)."""
        return tuple(
            (urn, attribute.name, reference.reference_types[0])
            for urn, schema in self.extensions.items()
            for attribute in schema.attributes
            if (reference := attribute.sub("$ref"))
        )

    @cached_property
    def unique_locations(self) -> tuple[Location, ...]:
        """The attributes of extensions whose values no two resources of an organization may share."""
        return tuple(location for location in self._extension_leaves() if location.leaf.uniqueness != "none")

    @cached_property
    def indexed(self) -> tuple[tuple[str, Attribute], ...]:
        """The multi-valued attributes whose values are indexed: their names, and the sub-attribute `value`."""
        return tuple(
            (attribute.name, value)
            for attribute in self.schema.attributes
            if attribute.indexed and (value := attribute.sub("value")) is not None
        )

    @cached_property
    def specially_returned(self) -> tuple[Location, ...]:
        """The attributes of extensions that are answered always, never, or by request only."""
        return tuple(location for location in self._extension_leaves() if location.leaf.returned != "default")

    def _extension_leaves(self) -> Iterator[Location]:
        for urn, schema in self.extensions.items():
            for attribute in schema.attributes:
                yield Location(urn, attribute)
                yield from (Location(urn, attribute, sub) for sub in attribute.sub_attributes)

    def extended(self, *schemas: type[ScimSchema]) -> ResourceType:
        """Return this type with more extension schemas."""
        return replace(self, extension_classes=(*self.extension_classes, *schemas))

    @cached_property
    def names(self) -> AnyCase[Attribute]:
        """The core and common attributes by name."""
        return by_name([*COMMON_ATTRIBUTES, *self.schema.attributes])

    @cached_property
    def _urns(self) -> dict[str, str]:
        return {urn.lower(): urn for urn in self.extensions}

    def extension_urn(self, text: str) -> str | None:
        """Return the canonical spelling of a registered extension URN, or None."""
        return self._urns.get(text.lower())

    def attribute(self, name: str) -> Attribute | None:
        """Return the core or common attribute of that name, whatever its case, or None."""
        return self.names[name]

    def locate(self, urn: str | None, attribute: str, sub_attribute: str | None = None) -> Location | None:
        """Return where a name leads, or None when no schema of this type has it.

        An attribute of an extension needs its URN (RFC 7644, section 3.10); the core URN may stand before core ones.
        """
        extension = None
        if urn is None or urn.lower() == self.schema.urn.lower():
            found = self.attribute(attribute)
        else:
            extension = self.extension_urn(urn)
            found = self.extensions[extension].attribute(attribute) if extension else None
        if found is None:
            return None
        if sub_attribute is None:
            return Location(extension, found)
        sub = found.sub(sub_attribute)
        return Location(extension, found, sub) if sub else None

    def document(self, base_url: str) -> dict[str, Any]:
        """Return the type as `/ResourceTypes` shows it (RFC 7643, section 6)."""
        return {
            "schemas": [RESOURCE_TYPE_URN],
            "id": self.name,
            "name": self.name,
            "endpoint": self.endpoint,
            "description": self.description,
            "schema": self.schema.urn,
            "schemaExtensions": [{"schema": urn, "required": False} for urn in self.extensions],
            "meta": {"resourceType": "ResourceType", "location": f"{base_url}/ResourceTypes/{self.name}"},
        }


USER = ResourceType("User", "/Users", "User Account", UserSchema, (EnterpriseUserSchema,), "userName")
GROUP = ResourceType("Group", "/Groups", "Group", GroupSchema, (), "displayName")


@cache
def registry() -> dict[str, ResourceType]:
    """Return the resource types by name, in the order discovery lists them."""
    return {resource_type.name: resource_type for resource_type in (USER, GROUP)}
