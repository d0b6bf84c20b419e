"""From a `/Schemas` document (RFC 7643, section 7) to an extension schema that is enforced like those in the code.

What cannot be enforced is refused, and so is a characteristic that is misspelt: it would be believed to hold.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from optiid.scim.attributes import Attribute
from optiid.scim.discovery import SCHEMA_URN
from optiid.scim.errors import ScimError
from optiid.scim.fields import ComplexField, PluralField, SimpleField, SimplePluralField
from optiid.scim.schemas.base import ScimSchema

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from optiid.scim.fields import ScimField
    from optiid.scim.resource_types import ResourceType

ATTRIBUTES_LIMIT = 200
NAME_LENGTH = 64
TEXT_LENGTH = 1000
# Names below these belong to the IETF (RFC 7643, section 10.2.1) and to this service.
RESERVED_URNS = ("urn:ietf:params:scim:", "urn:optiid:")
# RFC 8141; the last part may not look like a version, or a path could not be told from the URN.
_URN = re.compile(r"urn:[a-z0-9][a-z0-9-]{0,31}(?::[A-Za-z0-9._~-]+)*:[A-Za-z][A-Za-z0-9_-]*", re.IGNORECASE | re.ASCII)
# RFC 7643, section 2.1, without `$`: `$ref` would be a link that this service does not make.
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]*", re.ASCII)
_CHOICES: Mapping[str, tuple[str, ...]] = {
    "type": ("string", "boolean", "decimal", "integer", "dateTime", "reference", "binary", "complex"),
    "mutability": ("readWrite", "readOnly", "immutable", "writeOnly"),
    "returned": ("default", "always", "never", "request"),
    "uniqueness": ("none", "server"),
}
_FLAGS = ("multiValued", "required", "caseExact")
_LISTS = ("canonicalValues", "referenceTypes")
_KNOWN = {
    name.lower(): name for name in ("name", "description", "subAttributes", *_CHOICES, *_FLAGS, *_LISTS)
}  # fmt: skip


def read_schema(document: Any) -> type[ScimSchema]:
    """Return the schema of a document. Raises invalidValue that names the attribute and what is wrong with it."""
    if not isinstance(document, dict):
        raise _refusal("The schema", "must be a JSON object as /Schemas shows it")
    told = {name.lower(): value for name, value in document.items()}
    if not isinstance(told.get("schemas", []), list) or SCHEMA_URN not in told.get("schemas", [SCHEMA_URN]):
        raise _refusal("The schema", f"must have schemas [{SCHEMA_URN!r}]")
    urn = told.get("id")
    if not isinstance(urn, str) or len(urn) > NAME_LENGTH * 4 or not _URN.fullmatch(urn):
        raise _refusal("id", f"must be a URN such as urn:example:params:scim:schemas:Badge, not {str(urn)[:80]!r}")
    name = _text(told.get("name") or urn.rpartition(":")[2], "name")
    return _schema_class(urn, name, _text(told.get("description") or name, "description"), told.get("attributes"))


def check_joins(schema: type[ScimSchema], resource_type: ResourceType, taken_urns: Iterable[str]) -> None:
    """Raise invalidValue when a schema would clash with what a resource type already has.

    One URN may not begin with another and a colon either: the rest would read as an attribute of that one.
    """
    urn = schema.URN.lower()
    if urn.startswith(RESERVED_URNS):
        raise _refusal(schema.URN, "is in a name space of the IETF or of this service: use a URN of your own")
    for other in taken_urns:
        if urn == other.lower():
            raise _refusal(schema.URN, "is a schema here already: remove that one first, or choose another URN")
        if urn.startswith(f"{other.lower()}:") or other.lower().startswith(f"{urn}:"):
            raise _refusal(schema.URN, f"cannot be told from an attribute of {other}: choose another URN")
    for attribute in schema.describe().attributes:
        if resource_type.attribute(attribute.name):
            raise _refusal(attribute.name, f"is an attribute of {resource_type.name} already: choose another name")


def _schema_class(urn: str, name: str, description: str, attributes: Any) -> type[ScimSchema]:
    described = {"URN": urn, "NAME": name, "DESCRIPTION": description}
    return type("ExtensionSchema", (ScimSchema,), described | _fields(attributes, ""))


def _fields(attributes: Any, above: str) -> dict[str, ScimField]:
    if not isinstance(attributes, list) or not 0 < len(attributes) <= ATTRIBUTES_LIMIT:
        raise _refusal(above.removesuffix(".") or "attributes", f"needs a list of 1 to {ATTRIBUTES_LIMIT} attributes")
    fields: dict[str, ScimField] = {}
    for described in attributes:
        name = _name(described, above)
        if name.lower() in {known.lower() for known in fields}:
            raise _refusal(above + name, "is there twice, perhaps in another case")
        fields[name] = _field(described, above + name, nested=bool(above))
    return fields


def _name(described: Any, above: str) -> str:
    name = described.get("name") if isinstance(described, dict) else None
    if not isinstance(name, str) or len(name) > NAME_LENGTH or not _NAME.fullmatch(name):
        raise _refusal(f"{above}name", f"must be letters, digits, - and _, a letter first, not {str(name)[:80]!r}")
    return name


def _field(described: dict[str, Any], path: str, nested: bool) -> ScimField:
    told = _told(described, path)
    attribute = _attribute(told, path)
    _check_consistent(attribute, path, nested)
    if attribute.type != "complex":
        if "subAttributes" in told:
            raise _refusal(path, f"has subAttributes, which only complex attributes have, not {attribute.type}")
        return (SimplePluralField if attribute.multi_valued else SimpleField)(attribute)
    parts = type("SubAttributes", (ScimSchema,), dict(_fields(told.get("subAttributes"), f"{path}.")))
    return (PluralField if attribute.multi_valued else ComplexField)(parts, attribute)


def _told(described: dict[str, Any], path: str) -> dict[str, Any]:
    told = {}
    for key, value in described.items():
        known = _KNOWN.get(key.lower())
        if known is None:
            raise _refusal(path, f"has {key[:40]!r}, which is no characteristic of an attribute")
        if value is not None:
            told[known] = value
    return told


def _attribute(told: dict[str, Any], path: str) -> Attribute:
    """Return the attribute; what is not given has the default of RFC 7643, section 2.2."""
    flags = {name: _flag(told.get(name, False), name, path) for name in _FLAGS}
    kind = _choice(told, "type", "string", path)
    returned = "never" if told.get("mutability") == "writeOnly" else "default"
    return Attribute(
        told["name"],
        type=kind,
        description=_text(told.get("description", ""), f"{path}.description"),
        multi_valued=flags["multiValued"],
        required=flags["required"],
        case_exact=flags["caseExact"] or ("caseExact" not in told and kind in ("reference", "binary")),
        canonical_values=_texts(told.get("canonicalValues", []), f"{path}.canonicalValues"),
        restricted="canonicalValues" in told,
        reference_types=_texts(told.get("referenceTypes", []), f"{path}.referenceTypes"),
        mutability=_choice(told, "mutability", "readWrite", path),
        returned=_choice(told, "returned", returned, path),
        uniqueness=_choice(told, "uniqueness", "none", path),
    )


def _check_consistent(attribute: Attribute, path: str, nested: bool) -> None:
    if nested and attribute.type == "complex":
        raise _refusal(path, "is complex inside a complex attribute, which SCIM does not have")
    if nested and attribute.multi_valued:
        raise _refusal(path, "is multi-valued inside a complex attribute, which cannot be searched: make it single")
    if attribute.mutability == "writeOnly" and attribute.returned != "never":
        raise _refusal(path, "is writeOnly, so returned must be never")
    if attribute.mutability == "readOnly" and attribute.required:
        raise _refusal(path, "is readOnly and required: nobody could give it")
    if attribute.uniqueness != "none" and attribute.type in ("complex", "boolean", "binary"):
        raise _refusal(path, f"is {attribute.type}, which cannot be unique: say so of a sub-attribute")
    if attribute.canonical_values and attribute.type not in ("string", "reference"):
        raise _refusal(path, f"has canonicalValues, which are for text, not {attribute.type}")


def _choice(told: dict[str, Any], name: str, default: str, path: str) -> Any:
    value = told.get(name, default)
    if value not in _CHOICES[name]:
        raise _refusal(path, f"has {name} {str(value)[:40]!r}; it can be {', '.join(_CHOICES[name])}")
    return value


def _flag(value: Any, name: str, path: str) -> bool:
    if not isinstance(value, bool):
        raise _refusal(path, f"has {name} {str(value)[:40]!r}; it must be true or false")
    return value


def _text(value: Any, place: str) -> str:
    if not isinstance(value, str) or len(value) > TEXT_LENGTH or not (value.isprintable() or not value):
        raise _refusal(place, f"must be one line of at most {TEXT_LENGTH} characters")
    return value


def _texts(value: Any, place: str) -> tuple[str, ...]:
    if not isinstance(value, list) or len(value) > ATTRIBUTES_LIMIT:
        raise _refusal(place, "must be a list of texts")
    return tuple(_text(entry, place) for entry in value)


def _refusal(place: str, fault: str) -> ScimError:
    return ScimError.invalid_value(f"{place[:160]}: {fault}")
