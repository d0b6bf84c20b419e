"""What a SCIM attribute is (RFC 7643, section 2): its characteristics as one immutable value.

Filters, PATCH, validation, projection and discovery all read these; none has knowledge of its own about an attribute.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from optiid.scim.search_form import text_form_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

AttributeType = Literal["string", "boolean", "decimal", "integer", "dateTime", "reference", "binary", "complex"]
Mutability = Literal["readWrite", "readOnly", "immutable", "writeOnly"]
Returned = Literal["default", "always", "never", "request"]
Uniqueness = Literal["none", "server", "global"]
Named = TypeVar("Named")


class AnyCase(dict[str, Named | None]):
    """What names stand for, whatever their case (RFC 7643, section 2.1): `names[name]`, None for a name there is not.

    Most names come as they are written, and cost no more than a look-up then.
    """

    def __init__(self, named: Iterable[tuple[str, Named]]) -> None:
        lower = {name.lower(): (name, what) for name, what in named}
        super().__init__((name.lower(), what) for name, what in lower.values())
        self.update(lower.values())

    def __missing__(self, name: str) -> Named | None:
        """Return what a name stands for that is written otherwise."""
        return self.get(name.lower())


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
    # Its name in the search form; whether a single text may be a value of it as it is; what makes a text comparable
    # that stands in it, None for what cannot be compared; the sub-attributes by name; and whether a PUT may leave it as
    # it was, or which of the sub-attributes: clients cannot mean to take those away.
    key: str = field(init=False, repr=False, compare=False)
    takes_text: bool = field(init=False, repr=False, compare=False)
    text_form: Callable[[str], str | None] = field(init=False, repr=False, compare=False)
    subs: AnyCase[Attribute] = field(init=False, repr=False, compare=False)
    is_kept: bool = field(init=False, repr=False, compare=False)
    kept_parts: tuple[Attribute, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        kept_parts = kept_of(self.sub_attributes)
        is_kept = self.mutability in ("immutable", "readOnly") or self.returned == "never"
        follows = {
            "key": self.name.lower(),
            "takes_text": not self.multi_valued and self.type not in ("boolean", "complex"),
            "text_form": text_form_of(self),
            "subs": by_name(self.sub_attributes),
            "is_kept": is_kept or (not self.multi_valued and bool(kept_parts)),
            "kept_parts": kept_parts,
        }
        for name, value in follows.items():
            object.__setattr__(self, name, value)

    def sub(self, name: str) -> Attribute | None:
        """Return the sub-attribute of that name, whatever its case, or None."""
        return self.subs[name]

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


def by_name(attributes: Iterable[Attribute]) -> AnyCase[Attribute]:
    """Return attributes by their names."""
    return AnyCase((attribute.name, attribute) for attribute in attributes)


def kept_of(attributes: Iterable[Attribute]) -> tuple[Attribute, ...]:
    """Return those of some attributes that a PUT may leave as they were, as a whole or in part."""
    return tuple(attribute for attribute in attributes if attribute.is_kept)


@dataclass(frozen=True)
class SchemaDescription:
    """A schema as the protocol sees it: URN, name, description and attributes in order."""

    urn: str
    name: str
    description: str
    attributes: tuple[Attribute, ...]
    names: AnyCase[Attribute] = field(init=False, repr=False, compare=False)
    kept: tuple[Attribute, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "kept", kept_of(self.attributes))
        object.__setattr__(self, "names", by_name(self.attributes))

    def attribute(self, name: str) -> Attribute | None:
        """Return the top-level attribute of that name, whatever its case, or None."""
        return self.names[name]
