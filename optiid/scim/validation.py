"""What may be written (rule R3): a whole resource of POST and PUT, or the attributes a PATCH touched.

Every door passes here, so that no rule about an attribute can be missing at one of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from marshmallow import ValidationError

from optiid.scim.errors import ScimError
from optiid.scim.fields import DEFAULT_LIMITS, SimpleField, ValueLimits, kind_of
from optiid.scim.members_page import refuse_page
from optiid.scim.patch.members import read_member_ids
from optiid.scim.resource_types import COMMON_ATTRIBUTES, ResourceType
from optiid.scim.schemas.base import NOTHING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from optiid.scim.attributes import SchemaDescription
    from optiid.scim.fields import ScimField
    from optiid.scim.schemas.base import ScimSchema

__all__ = ["DEFAULT_LIMITS", "ResourceInput", "ValueLimits", "read_extension", "read_resource", "validate_touched"]

SHOWN_FAULTS = 3
SHOWN_NAME = 120
SHOWN_PATH = 160
_EXTERNAL_ID = SimpleField(next(attribute for attribute in COMMON_ATTRIBUTES if attribute.name == "externalId"))


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
    extension is kept as it came, ignored or refused. Raises invalidValue naming the first faults, invalidSyntax for
    a refused extension, and 413 for too many members.
    """
    own, extensions = _split(resource_type, body, unknown_extensions)
    members = _take_members(own, limits) if resource_type.attribute("members") else None
    faults: dict[str, Any] = {}
    document = _read_part(resource_type.schema_class, own, faults, limits)
    external_id = own.get("externalId")
    if external_id is None:
        external_id = next((value for name, value in own.items() if name.lower() == "externalid"), None)
    if external_id is not None and external_id not in NOTHING:
        document |= _read_attribute(_EXTERNAL_ID, external_id, faults, limits)
    for urn, value in extensions.items():
        if read := _read_extension(resource_type, urn, value, faults, limits):
            document[urn] = read
    _raise_faults(faults)
    document.pop("password", None)
    return ResourceInput(document, members)


def read_extension(resource_type: ResourceType, urn: str, value: Any) -> dict[str, Any]:
    """Return the values of one registered extension, checked like those of a body. Raises invalidValue."""
    faults: dict[str, Any] = {}
    read = _read_extension(resource_type, urn, value, faults, DEFAULT_LIMITS)
    _raise_faults(faults)
    return read


def _split(
    resource_type: ResourceType, body: dict[str, Any], unknown_extensions: str
) -> tuple[dict[str, Any], dict[str, Any]]:
    own = dict(body)
    extensions: dict[str, Any] = {}
    for name in _urns(body):
        value = own.pop(name)
        refuse_page(name)
        if urn := resource_type.extension_urn(name):
            extensions[urn] = value
        elif unknown_extensions == "refuse":
            raise ScimError.invalid_syntax(
                f"No schema {name[:SHOWN_NAME]!r} is known here: remove it from the attribute mapping"
            )
        elif unknown_extensions == "keep" and isinstance(value, dict) and not _is_core(resource_type, name):
            extensions[name] = value
    return own, extensions


def _urns(names: Iterable[str]) -> list[str]:
    return [name for name in names if ":" in name and name[:4].lower() == "urn:"]


def _is_core(resource_type: ResourceType, name: str) -> bool:
    return name.lower() == resource_type.schema.urn.lower()


def _take_members(own: dict[str, Any], limits: ValueLimits) -> list[str] | None:
    key = next((name for name in own if name.lower() == "members"), None)
    sent = None if key is None else own.pop(key)
    if sent is None:
        return None
    if not isinstance(sent, list):
        raise ScimError.invalid_value(f"members: must be a list, not {kind_of(sent)}")
    if len(sent) > limits.members:
        raise ScimError.too_large(f"{len(sent)} members in one request; the limit is {limits.members}: send several")
    return list(read_member_ids(sent))


def _read_part(
    schema: type[ScimSchema], values: dict[str, Any], faults: dict[str, Any], limits: ValueLimits
) -> dict[str, Any]:
    try:
        return schema.reader().read_values(values, limits)
    except ValidationError as error:
        faults.update(error.messages_dict)
        return {}


def _read_attribute(field: ScimField, value: Any, faults: dict[str, Any], limits: ValueLimits) -> dict[str, Any]:
    name = field.scim.name
    try:
        read = field.read(value, limits)
    except ValidationError as error:
        faults[name] = error.messages
        return {}
    return {} if read in NOTHING else {name: read}


def _read_extension(
    resource_type: ResourceType, urn: str, value: Any, faults: dict[str, Any], limits: ValueLimits
) -> dict[str, Any]:
    schema = resource_type.extension_schemas.get(urn)
    if schema is None:
        return _read_opaque(urn, value, faults, limits)
    if value is None or value == {}:
        return {}
    if not isinstance(value, dict):
        faults[urn] = [f"must be an object, not {kind_of(value)}"]
        return {}
    found: dict[str, Any] = {}
    read = _read_part(schema, value, found, limits)
    faults.update(_below(urn, found))
    return read


def _below(urn: str | None, faults: dict[str, Any]) -> dict[str, Any]:
    return faults if urn is None else {f"{urn}:{name}": messages for name, messages in faults.items()}


def _read_opaque(urn: str, value: dict[str, Any], faults: dict[str, Any], limits: ValueLimits) -> dict[str, Any]:
    """Return an unregistered extension as it came but for what is not given; the limits hold there too."""
    try:
        found: dict[str, Any] = _without_nothing(value, limits)
    except ValidationError as error:
        faults[repr(urn[:SHOWN_NAME])] = error.messages
        return {}
    return found


def _without_nothing(value: Any, limits: ValueLimits) -> Any:
    if isinstance(value, str) and len(value) > limits.string_length:
        raise ValidationError(f"has a text of {len(value)} characters; at most {limits.string_length} are taken")
    if isinstance(value, (list, dict)) and len(value) > limits.values:
        raise ValidationError(f"has {len(value)} values in one place; at most {limits.values} are taken")
    if isinstance(value, list):
        return [_without_nothing(element, limits) for element in value]
    if not isinstance(value, dict):
        return value
    read = {name: _without_nothing(part, limits) for name, part in value.items()}
    return {name: part for name, part in read.items() if part is not None and part not in NOTHING}


def validate_touched(
    resource_type: ResourceType,
    document: dict[str, Any],
    touched: set[tuple[str | None, str]],
    limits: ValueLimits = DEFAULT_LIMITS,
) -> dict[str, Any]:
    """Return the document, changed in place, with the touched attributes checked and under canonical names.

    `touched` holds pairs of extension URN (None: core) and canonical attribute name; unregistered extensions, which
    no pair names, are always checked. Raises invalidValue, and mutability when a required attribute was taken away.
    """
    faults: dict[str, Any] = {}
    for urn, name in sorted(touched, key=str):
        container = document if urn is None else document.get(urn, {})
        _revalidate(resource_type, (urn, name), container, faults, limits)
        if urn is not None and not container:
            document.pop(urn, None)
    for urn in sorted({urn for urn, _ in touched if urn in document}):
        faults.update(_below(urn, _missing(resource_type.extensions[urn], document[urn])))
    for name in [name for name in _urns(document) if resource_type.extension_urn(name) is None]:
        document[name] = _read_opaque(name, document[name], faults, limits)
        if not document[name]:
            del document[name]
    _raise_faults(faults)
    return document


def _missing(schema: SchemaDescription, extension: dict[str, Any]) -> dict[str, Any]:
    """Return a fault for each required attribute that an extension lacks, as one that a PATCH began may."""
    return {
        attribute.name: ["is required: send it too"]
        for attribute in schema.attributes
        if attribute.required and attribute.name not in extension
    }


def _revalidate(
    resource_type: ResourceType,
    place: tuple[str | None, str],
    container: dict[str, Any],
    faults: dict[str, Any],
    limits: ValueLimits,
) -> None:
    urn, name = place
    field = _field(resource_type, urn, name)
    value = container.get(name)
    wrong: dict[str, Any] = {}
    found = {} if field is None or value is None else _read_attribute(field, value, wrong, limits)
    if found:
        container |= found
        return
    container.pop(name, None)
    faults.update(_below(urn, wrong))
    if not wrong:
        _check_absence(field, name)


def _field(resource_type: ResourceType, urn: str | None, name: str) -> ScimField | None:
    if urn is None and name == "externalId":
        return _EXTERNAL_ID
    schema = resource_type.schema_class if urn is None else resource_type.extension_schemas.get(urn)
    return schema.reader().field(name) if schema else None


def _check_absence(field: ScimField | None, name: str) -> None:
    if field is not None and field.scim.required:
        raise ScimError.mutability(f"{name} is required and cannot be removed")


def _raise_faults(faults: dict[str, Any]) -> None:
    if faults:
        lines = _flatten(faults)
        more = f" (and {len(lines) - SHOWN_FAULTS} more)" if len(lines) > SHOWN_FAULTS else ""
        raise ScimError.invalid_value("; ".join(lines[:SHOWN_FAULTS]) + more)


def _flatten(messages: Any, path: str = "") -> list[str]:
    """Return marshmallow's nested messages as lines such as `emails[1].value: must be text, not a number`."""
    if isinstance(messages, dict):
        return [line for key, below in messages.items() for line in _flatten(below, _path(path, key))]
    return [f"{path[:SHOWN_PATH]}: {message}" for message in messages]


def _path(above: str, key: str | int) -> str:
    if isinstance(key, int):
        return f"{above}[{key}]"
    return f"{above}.{key}" if above else key
