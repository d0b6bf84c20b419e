"""What Microsoft Entra ID sends differently, one function per quirk.

M1, M2, M4: learn.microsoft.com/entra/identity/app-provisioning, the pages use-scim-to-provision-users-and-groups,
application-provisioning-config-problem-scim-compatibility and customize-application-attributes; seen 2026-11.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from optiid.profiles.api import (
    Compare,
    PatchOperation,
    Present,
    ResourceType,
    boolean_literal,
    boolean_names,
    map_filter,
    map_path,
    object_in_text,
    qualified,
)

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
MANAGER = f"{ENTERPRISE}:manager"


def repair(operation: PatchOperation, resource_type: ResourceType) -> PatchOperation:
    """Return an operation with the repairs of its path and value; those of path-less values are made key by key."""
    if operation.path is None:
        if isinstance(operation.value, dict):
            values = roles_from_json_text(manager_to_object(operation.value, resource_type))
            return replace(operation, value=values)
        return operation
    path = booleans_in_path(manager_path(operation.path, resource_type), resource_type)
    operation = operation if path == operation.path else replace(operation, path=path)
    if path.lower() == MANAGER.lower():
        return manager_operation(operation)
    if path.lower() == "roles":
        return replace(operation, value=roles_from_json_text({"roles": operation.value})["roles"])
    return operation


def booleans_in_path(path: str, resource_type: ResourceType) -> str:
    """Compare boolean sub-attributes in a value filter with a boolean.

    Sent: `roles[primary eq "True"].value`.
    Meant: `roles[primary eq true].value` (M4, SingleAppRoleAssignment).

    Evidence: wire/entra/entra-10-roles-primary-true.json
    """
    attribute = resource_type.attribute(path.partition("[")[0])
    if attribute is None or "[" not in path:
        return path
    names = tuple(boolean_names(attribute))
    return map_path(path, lambda comparison: boolean_literal(comparison, names))


def manager_path(path: str, resource_type: ResourceType) -> str:
    """Give `manager` its URN.

    Sent: `{"op": "Add", "path": "manager", "value": [{"$ref": "...", "value": "1"}]}`.
    Meant: the path `urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager` (M1).

    Evidence: wire/entra/entra-09-manager-other-forms.json
    """
    known = ENTERPRISE in resource_type.extensions and path.lower() == "manager"
    return MANAGER if known else path


def manager_operation(operation: PatchOperation) -> PatchOperation:
    """Set the manager as an object, or remove it when none is named.

    Sent: `Add ...:manager "1"`, `Replace ...:manager ""`, `Replace ...:manager {"value": ""}`.
    Meant: `replace ...:manager {"value": "1"}`, and `remove ...:manager` for the other two (M1).

    Evidence: wire/entra/entra-08-manager-plain-string.json
    """
    if operation.op == "remove":
        return PatchOperation("remove", operation.path)
    value = manager_value(operation.value)
    return PatchOperation("remove", operation.path) if value is None else replace(operation, value=value)


def manager_value(value: Any) -> Any:
    """Return the manager as an object; None when the value names nobody."""
    if isinstance(value, list):
        value = value[0] if value else None
    if isinstance(value, str):
        value = {"value": value}
    if isinstance(value, dict) and not value.get("value"):
        return None
    return value


def manager_into_extension(resource: dict[str, Any]) -> dict[str, Any]:
    """Return a representation of a POST or PUT with the manager inside the extension's object.

    Sent: `"urn:...:User:manager": "1"` as a key of a body.
    Meant: `"urn:...:User": {"manager": "1"}`; as it came it would be taken for a schema of its own (M2, inferred).

    Evidence: wire/entra/entra-20-manager-in-bodies.json
    """
    key = next((name for name in resource if ":" in name and name.lower() == MANAGER.lower()), None)
    if key is None:
        return resource
    urn = next((name for name in resource if name.lower() == ENTERPRISE.lower()), ENTERPRISE)
    others = {name: value for name, value in resource.items() if name != key}
    extension = others.get(urn)
    return others | {urn: (extension if isinstance(extension, dict) else {}) | {"manager": resource[key]}}


def manager_to_object(resource: dict[str, Any], resource_type: ResourceType) -> dict[str, Any]:
    """Return a representation, or the value of a path-less operation, with the manager as an object in its place.

    Sent: `"urn:...:User": {"manager": "1"}`, or the key `urn:...:User:manager` with a bare id.
    Meant: `"urn:...:User": {"manager": {"value": "1"}}` (M1, and M2 for the keys).

    Evidence: wire/entra/entra-20-manager-in-bodies.json
    """
    repaired = dict(resource)
    for name, value in resource.items():
        if ":" not in name or name[:4].lower() != "urn:":
            continue
        if name.lower() == MANAGER.lower():
            repaired[name] = manager_value(value) or None
        elif resource_type.extension_urn(name) == ENTERPRISE and isinstance(value, dict) and "manager" in value:
            repaired[name] = value | {"manager": manager_value(value["manager"])}
    return repaired


def roles_from_json_text(resource: dict[str, Any]) -> dict[str, Any]:
    """Return a representation whose roles are taken apart where they came as JSON text."""
    if "roles" not in resource:
        return resource
    roles = resource["roles"]
    taken_apart = (
        [role_from_json_text(role) for role in roles] if isinstance(roles, list) else role_from_json_text(roles)
    )
    return resource | {"roles": taken_apart}


def role_from_json_text(role: Any) -> Any:
    """Take a role apart that came as JSON text.

    Sent: `{"value": T}` where T is the text of `{"id": "1", "value": "Buyer", "displayName": "Buyer"}`.
    Meant: `{"value": "Buyer", "display": "Buyer"}` (M4, AppRoleAssignmentsComplex).

    Evidence: wire/entra/entra-11-roles-complex.json
    """
    told = object_in_text(role.get("value")) if isinstance(role, dict) else None
    if told is None or not isinstance(told.get("value"), str):
        return role
    display = told.get("displayName")
    return role | {"value": told["value"]} | ({"display": display} if isinstance(display, str) else {})


def qualify_filter(text: str, resource_type: ResourceType) -> str:
    """Give attributes of the enterprise extension their URN in a filter.

    Sent: `id eq "1" and manager eq "2"`.
    Meant: `id eq "1" and urn:...:User:manager eq "2"` (M1, checking references).

    Evidence: wire/entra/entra-08-manager-plain-string.json
    """

    def qualify(comparison: Compare | Present) -> Compare | Present:
        path = qualified(comparison.path, resource_type)
        return comparison if path == comparison.path else replace(comparison, path=path)

    return map_filter(text, qualify)
