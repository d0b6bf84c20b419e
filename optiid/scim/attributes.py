"""What a SCIM attribute is (RFC 7643, section 2): its characteristics as one immutable value.

Filters, PATCH, validation, projection and discovery all read these; none has knowledge of its own about an attribute.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from optiid.scim.search_form import text_form_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

AttributeType = Literal["string", "boolean", "decimal", "integer", "dateTime", "reference", "binary", "complex"]
Mutability = Literal["readWrite", "readOnly", "immutable", "writeOnly"]
Returned = Literal["default", "always", "never", "request"]
Uniqueness = Literal["none", "server", "global"]


@dataclass(frozen=True)
class Attribute:
    """One attribute or sub-attribute.

    `identifier` marks names that people sign in with or that must not be confusable (userName, group displayName):
    they compare by NFKC(casefold(NFKC(x))), everything else that is not caseExact by NFC(casefold(x)).
    `one_direction` marks the one that people sign in with, whose words must not read in two directions.
    `indexed` marks a multi-valued path whose `value` is kept in the value index (product.md, section 5).
    `restricted` says that nothing but the canonical values is taken, which RFC 7643, section 7, leaves to the service.
    """

    name: str
    type: AttributeType = "string"
    description: str = ""
    multi_valued: bool = False
    required: bool = False
    canonical_values: tuple[str, ...] = ()
    case_exact: bool = False
    mutability: Mutability = "readWrite"
    returned: Returned = "default"
    uniqueness: Uniqueness = "none"
    reference_types: tuple[str, ...] = ()
    sub_attributes: tuple[Attribute, ...] = ()
    identifier: bool = False
    one_direction: bool = False
    indexed: bool = False
    restricted: bool = False
    max_length: int | None = None

    @cached_property
    def key(self) -> str:
        """Its name in the search form."""
        return self.name.lower()

    @cached_property
    def takes_text(self) -> bool:
        """Whether a single text may be a value of it as it is."""
        return not self.multi_valued and self.type not in ("boolean", "complex")

    @cached_property
    def text_form(self) -> Callable[[str], str | None]:
        """What makes a text comparable that stands in it, None for what cannot be compared."""
        return text_form_of(self)

    @cached_property
    def _by_name(self) -> dict[str, Attribute]:
        return by_name(self.sub_attributes)

    def sub(self, name: str) -> Attribute | None:
        """Return the sub-attribute of that name, whatever its case (RFC 7643, section 2.1), or None."""
        return self._by_name.get(name) or self._by_name.get(name.lower())

    @cached_property
    def parts(self) -> tuple[Attribute, ...]:
        """What a value filter can compare: the sub-attributes, or the `value` that each of many simple values is.

        RFC 7644, section 3.5.2.2, has a filter comparing a "value" for values that are not complex.
        """
        if self.multi_valued and self.type != "complex":
            return (replace(self, name="value", multi_valued=False, required=True),)
        return self.sub_attributes

    def part(self, name: str) -> Attribute | None:
        """Return the one of `parts` that has a name, whatever its case, or None."""
        return self.sub(name) or next((part for part in self.parts if part.name.lower() == name.lower()), None)

    def document(self) -> dict[str, Any]:
        """Return the attribute as `/Schemas` shows it (RFC 7643, section 7)."""
        shown: dict[str, Any] = {
            "name": self.name,
            "type": self.type,
            "multiValued": self.multi_valued,
            "description": self.description,
            "required": self.required,
            "mutability": self.mutability,
            "returned": self.returned,
        }
        if self.type in ("string", "reference", "binary"):
            shown["caseExact"] = self.case_exact
        if self.type != "complex":
            shown["uniqueness"] = self.uniqueness
        if self.canonical_values:
            shown["canonicalValues"] = list(self.canonical_values)
        if self.reference_types:
            shown["referenceTypes"] = list(self.reference_types)
        if self.sub_attributes:
            shown["subAttributes"] = [attribute.document() for attribute in self.sub_attributes]
        return shown


def by_name(attributes: Iterable[Attribute]) -> dict[str, Attribute]:
    """Return attributes by their names, as they are written and in lower case: most names come as they are written."""
    known = {attribute.name.lower(): attribute for attribute in attributes}
    return known | {attribute.name: attribute for attribute in known.values()}


@dataclass(frozen=True)
class SchemaDescription:
    """A schema as the protocol sees it: URN, name, description and attributes in order."""

    urn: str
    name: str
    description: str
    attributes: tuple[Attribute, ...]
    _index: dict[str, Attribute] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_index", by_name(self.attributes))

    def attribute(self, name: str) -> Attribute | None:
        """Return the top-level attribute of that name, whatever its case, or None."""
        return self._index.get(name) or self._index.get(name.lower())
