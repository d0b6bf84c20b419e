"""What may be written (rule R3): a whole resource of POST and PUT, or the attributes a PATCH touched.

Every door passes here, so that no rule about an attribute can be missing at one of them.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import cache
from typing import Any

from marshmallow import ValidationError

from optiid.scim.errors import ScimError
from optiid.scim.fields import SimpleField
from optiid.scim.patch.members import read_member_ids
from optiid.scim.resource_types import COMMON_ATTRIBUTES, ResourceType
from optiid.scim.schemas.base import ScimSchema

SHOWN_FAULTS = 3
# Control, format, surrogate, private, unassigned: what makes two names look alike or a log line lie (rule R11).
_HIDDEN_CATEGORIES = frozenset(("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"))
_EXTERNAL_ID = SimpleField(next(attribute for attribute in COMMON_ATTRIBUTES if attribute.name == "externalId"))


@dataclass(frozen=True, slots=True)
class ValueLimits:
    """How many values an attribute takes, how many members a group change, how many characters a text."""

    values: int = 1000
    members: int = 100_000
    string_length: int = 4096


DEFAULT_LIMITS = ValueLimits()


@dataclass(frozen=True, slots=True)
class ResourceInput:
    """A resource as a client wants it: the document, and the ids of its members (None: not sent)."""

    document: dict[str, Any]
    members: list[str] | None


def read_resource(
    resource_type: ResourceType,
    body: dict[str, Any],
    *,
    unknown_extensions: str = "refuse",
    limits: ValueLimits = DEFAULT_LIMITS,
) -> ResourceInput:
    """Return what a POST or PUT body asks for, under canonical names and checked by the schemas.

    Read-only and unknown core attributes are passed over (RFC 7644, sections 3.3 and 3.5.1); an unregistered
    extension is kept as it came, ignored or refused. Raises invalidValue naming the first faults, and invalidSyntax.
    """
    own, extensions = _split(resource_type, body, unknown_extensions)
    members = _read_members(own, limits) if resource_type.attribute("members") else None
    faults: dict[str, Any] = {}
    document = _read_part(resource_type.schema_class, own, faults, limits)
    external_id = next((value for name, value in own.items() if name.lower() == "externalid"), None)
    if external_id is not None:
        document |= _read_external_id(external_id, faults)
    for urn, value in extensions.items():
        if read := _read_extension(resource_type, urn, value, faults, limits):
            document[urn] = read
    _raise_faults(faults)
    document.pop("password", None)
    _check_identifiers(resource_type, document)
    return ResourceInput(document, members)


def _split(
    resource_type: ResourceType, body: dict[str, Any], unknown_extensions: str
) -> tuple[dict[str, Any], dict[str, Any]]:
    own: dict[str, Any] = {}
    extensions: dict[str, Any] = {}
    for name, value in body.items():
        if not name.lower().startswith("urn:"):
            own[name] = value
        elif urn := resource_type.extension_urn(name):
            extensions[urn] = value
        elif unknown_extensions == "refuse":
            raise ScimError.invalid_syntax(f"No schema {name[:120]!r} is known here: remove it from the mapping")
        elif unknown_extensions == "keep" and isinstance(value, dict):
            extensions[name] = value
    return own, extensions


def _read_members(own: dict[str, Any], limits: ValueLimits) -> list[str] | None:
    key = next((name for name in own if name.lower() == "members"), None)
    if key is None:
        return None
    sent = own.pop(key)
    if sent is None:
        return None
    if not isinstance(sent, list):
        raise ScimError.invalid_value("members must be a list")
    if len(sent) > limits.members:
        raise ScimError.too_large(f"{len(sent)} members in one request; the limit is {limits.members}: send several")
    return list(read_member_ids(sent))


def _read_part(
    schema: type[ScimSchema], values: dict[str, Any], faults: dict[str, Any], limits: ValueLimits
) -> dict[str, Any]:
    for name, value in values.items():
        if isinstance(value, list) and len(value) > limits.values:
            faults[name] = [f"has {len(value)} values; at most {limits.values} are taken"]
            return {}
    try:
        return schema.reader().read_values(values)
    except ValidationError as error:
        faults.update(error.messages if isinstance(error.messages, dict) else {"": error.messages})
        return {}


def _read_external_id(value: Any, faults: dict[str, Any]) -> dict[str, Any]:
    try:
        return {"externalId": _EXTERNAL_ID.deserialize(value)}
    except ValidationError as error:
        faults["externalId"] = error.messages
        return {}


def _read_extension(
    resource_type: ResourceType, urn: str, value: Any, faults: dict[str, Any], limits: ValueLimits
) -> dict[str, Any]:
    schema = _extension_class(resource_type, urn)
    if schema is None:
        return dict(value)
    if value is None:
        return {}
    if not isinstance(value, dict):
        faults[urn] = ["must be an object"]
        return {}
    found: dict[str, Any] = {}
    read = _read_part(schema, value, found, limits)
    faults.update({f"{urn}:{name}": messages for name, messages in found.items()})
    return read


@cache
def _extension_class(resource_type: ResourceType, urn: str) -> type[ScimSchema] | None:
    return next((schema for schema in resource_type.extension_classes if schema.describe().urn == urn), None)


def validate_touched(
    resource_type: ResourceType,
    document: dict[str, Any],
    touched: set[tuple[str | None, str]],
    limits: ValueLimits = DEFAULT_LIMITS,
) -> dict[str, Any]:
    """Return the document with the touched attributes checked and under canonical names.

    `touched` holds pairs of extension URN (None: core) and canonical attribute name. Raises invalidValue, and
    mutability when `active` was taken away, which no client means (product.md, section 3).
    """
    faults: dict[str, Any] = {}
    for urn, name in touched:
        container = document if urn is None else document.get(urn, {})
        if name not in container:
            _check_absence(resource_type, urn, name)
            continue
        _revalidate(resource_type, (urn, name), container, faults, limits)
        if urn is not None and not container:
            document.pop(urn, None)
    _raise_faults(faults)
    _check_identifiers(resource_type, document)
    return document


def _check_absence(resource_type: ResourceType, urn: str | None, name: str) -> None:
    if urn is None and name == resource_type.name_attribute:
        raise ScimError.mutability(f"{name} is required and cannot be removed")
    if urn is None and name == "active":
        raise ScimError.mutability("active cannot be removed: set it to true or false")


def _revalidate(
    resource_type: ResourceType,
    place: tuple[str | None, str],
    container: dict[str, Any],
    faults: dict[str, Any],
    limits: ValueLimits,
) -> None:
    urn, name = place
    if urn is None and name == "externalId":
        found: dict[str, Any] = _read_external_id(container[name], faults)
    else:
        schema = resource_type.schema_class if urn is None else _extension_class(resource_type, urn)
        wrong: dict[str, Any] = {}
        found = {} if schema is None else _read_attribute(schema, name, container[name], wrong, limits)
        faults.update({name if urn is None else f"{urn}:{name}": messages for name, messages in wrong.items()})
    if found:
        container |= found
    else:
        del container[name]


def _read_attribute(
    schema: type[ScimSchema], name: str, value: Any, faults: dict[str, Any], limits: ValueLimits
) -> dict[str, Any]:
    known = schema.reader().field(name)
    if known is None:
        return {}
    if isinstance(value, list) and len(value) > limits.values:
        faults[name] = [f"has {len(value)} values; at most {limits.values} are taken"]
        return {}
    try:
        read = known[1].deserialize(value)
    except ValidationError as error:
        faults[name] = error.messages
        return {}
    return {} if read in ([], {}) else {known[0]: read}


def _check_identifiers(resource_type: ResourceType, document: dict[str, Any]) -> None:
    """Refuse names that look like another, or like nothing (rule R11)."""
    name = document.get(resource_type.name_attribute)
    if name is None:
        return
    if not name or name != name.strip():
        raise ScimError.invalid_value(f"{resource_type.name_attribute} must not be empty or begin or end with a blank")
    if hidden := next((c for c in name if unicodedata.category(c) in _HIDDEN_CATEGORIES), None):
        raise ScimError.invalid_value(
            f"{resource_type.name_attribute} has a hidden character (U+{ord(hidden):04X}): remove it"
        )


def _raise_faults(faults: dict[str, Any]) -> None:
    if faults:
        lines = _flatten(faults)
        more = f" (and {len(lines) - SHOWN_FAULTS} more)" if len(lines) > SHOWN_FAULTS else ""
        raise ScimError.invalid_value("; ".join(lines[:SHOWN_FAULTS]) + more)


def _flatten(messages: Any, path: str = "") -> list[str]:
    """Return marshmallow's nested messages as lines such as `emails[1].value must be text`."""
    if isinstance(messages, dict):
        return [line for key, below in messages.items() for line in _flatten(below, _path(path, key))]
    return [f"{path[:160]} {message}" for message in messages]


def _path(above: str, key: str | int) -> str:
    if isinstance(key, int):
        return f"{above}[{key}]"
    return f"{above}.{key}" if above else key
