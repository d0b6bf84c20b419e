"""Ready repairs: one function per quirk, from what is sent to what is meant.

`standard` is made of those that every client needs; vendor plugins add their own. A repair leaves lawful input as it
is, gives the same on a second run, and changes nothing it was handed.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from optiid.profiles.types import MISSING, PatchOperation
from optiid.scim.errors import ScimError
from optiid.scim.filters.parser import parse_filter, parse_value_path
from optiid.scim.filters.tree import And, AttributePath, Compare, Each, Not, Or, Present, Tree
from optiid.scim.paths import parse_path
from optiid.scim.search_form import comparable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from optiid.scim.attributes import AnyCase, Attribute
    from optiid.scim.resource_types import Location, ResourceType

BOOLEANS = {"true": True, "false": False}
SERVER_KEYS = ("id", "schemas", "meta")
Operations = list[PatchOperation]


def repair_resource(resource: dict[str, Any], resource_type: ResourceType) -> dict[str, Any]:
    """Return a representation without empty values, with booleans for their texts and lists where lists are due."""
    repaired = _repaired(resource, resource_type.names)
    for name in repaired.keys() - resource_type.names.keys():
        if isinstance(repaired[name], dict) and (urn := resource_type.extension_urn(name)):
            repaired[name] = _repaired(repaired[name], resource_type.extensions[urn].names)
    return repaired


def _repaired(values: Mapping[str, Any], attributes: AnyCase[Attribute]) -> dict[str, Any]:
    """Return the repaired values that are not empty; most are texts, which need no repair."""
    repaired: dict[str, Any] = {}
    for name, value in values.items():
        attribute = attributes[name]
        if attribute is not None and not (type(value) is str and attribute.takes_text):
            value = repair_value(value, attribute)  # noqa: PLW2901 - one step for each of some thirty values
        if value or not is_empty(value):
            repaired[name] = value
    return repaired


def is_empty(value: Any) -> bool:
    """Say whether a value counts as not given.

    Sent: `"title": ""` or `"title": null`.
    Meant: no title. An empty list is not empty in this sense: it empties a group.
    """
    return value is None or value == ""


def repair_value(value: Any, attribute: Attribute | None) -> Any:
    """Return a value of an attribute with text booleans, wrapped single values and empty parts repaired."""
    if attribute is None or value is None or value == "":
        return value
    if not attribute.multi_valued:
        return repair_single(value, attribute)
    elements = value if isinstance(value, list) else [value]
    return [repair_single(element, attribute) for element in elements if element is not None and element != ""]


def repair_single(value: Any, attribute: Attribute) -> Any:
    """Return one value of an attribute, repaired."""
    if attribute.type == "boolean":
        return boolean_from_text(boolean_from_list(value))
    if attribute.type == "complex" and isinstance(value, dict):
        return _repaired(value, attribute.subs)
    return value


def boolean_from_text(value: Any) -> Any:
    """Return a boolean for its text, whatever its case.

    Sent: `"active": "False"`.
    Meant: `"active": false`.
    """
    return BOOLEANS.get(value.strip().lower(), value) if isinstance(value, str) else value


def boolean_from_list(value: Any) -> Any:
    """Return the one value of a list.

    Sent: `"active": [false]`.
    Meant: `"active": false`.
    """
    return value[0] if isinstance(value, list) and len(value) == 1 else value


def repair_operations(operations: Operations, resource_type: ResourceType) -> Operations:
    """Return operations with the common repairs, in the order in which one makes the next possible."""
    repaired: Operations = []
    for operation in operations:
        for single in operations_from_object(operation, resource_type):
            repaired += repair_operation(single, resource_type)
    return repaired


def operations_from_object(operation: PatchOperation, resource_type: ResourceType) -> Operations:
    """Return one operation for each key of a path-less value.

    Sent: `{"op": "replace", "value": {"id": "1", "name.givenName": "A", "urn:...:User:department": "B"}}`.
    Meant: one replace of `name.givenName` and one of the extension's `department`; `id` cannot be meant.
    """
    path = operation.path
    extension = None if path is None else resource_type.extension_urn(path)
    if operation.op == "remove" or not (path is None or extension or _is_core(path, resource_type)):
        return [operation]
    if not isinstance(operation.value, dict):
        return [replace(operation, value=None) if extension and operation.value == "" else operation]
    single: Operations = []
    for name, value in operation.value.items():
        path = name if extension is None else f"{extension}:{name}"
        if extension is None and (resource_type.extension_urn(name) or _is_core(name, resource_type)):
            single += operations_from_object(replace(operation, path=name, value=value), resource_type)
        elif (
            extension is None
            and name[:4].lower() == "urn:"
            and isinstance(value, dict)
            and not locate(name, resource_type)
        ):  # as a path, an extension without a schema would read as one of its attributes
            single.append(replace(operation, path=None, value={name: value}))
        elif name.lower() != "schemas" and not is_servers(path, resource_type):
            single.append(replace(operation, path=path, value=value))
    return single


def _is_core(name: str, resource_type: ResourceType) -> bool:
    return name.lower() == resource_type.schema.urn.lower()


def is_servers(path: str, resource_type: ResourceType) -> bool:
    """Say whether a key of a path-less value is the server's to say: id, schemas, meta and all that is read-only."""
    if path.partition(".")[0].lower() in SERVER_KEYS:
        return True
    location = locate(path, resource_type)
    return location is not None and "readOnly" in (location.attribute.mutability, location.leaf.mutability)


def locate(path: str, resource_type: ResourceType) -> Location | None:
    """Return where a path leads, or None for one the core will refuse or knows no schema for."""
    try:
        return parse_path(path, resource_type).location
    except ScimError:
        return None


def repair_operation(operation: PatchOperation, resource_type: ResourceType) -> Operations:
    """Return an operation on a path, repaired; mostly one, but a value list in `remove` becomes one for each value."""
    location = locate(operation.path, resource_type) if operation.path else None
    if location is None:
        return [operation]
    if operation.op == "remove":
        return removals_from_values(operation, location)
    if operation.value is MISSING:
        return [member_from_filter(operation, location)]
    if is_empty(operation.value):
        return removal_of_nothing(operation, location)
    filtered = "[" in (operation.path or "") and location.sub_attribute is None
    repair = repair_single if filtered else repair_value
    value = repair(operation.value, location.leaf)
    if isinstance(value, dict) and isinstance(operation.value, dict) and not filtered:
        # Inside a complex value of a PATCH, nothing means to remove (RFC 7643, section 2.5): `{"middleName": ""}`.
        value |= {name: None for name, part in operation.value.items() if is_empty(part)}
    return [
        operation
        if value == operation.value and type(value) is type(operation.value)
        else replace(operation, value=value)
    ]


def removal_of_nothing(operation: PatchOperation, location: Location) -> Operations:
    """Return a removal for an empty value.

    Sent: `{"op": "replace", "path": "title", "value": ""}`, or null.
    Meant: remove the title. Adding nothing to a list is no operation at all, and members that are not given stay, as
    with PUT. A switch such as `active` is not touched: nobody gets in because a value is missing.
    """
    if location.attribute.type == "boolean" and location.extension is None:
        return [operation]
    if location.attribute.name == "members" or (operation.op == "add" and location.leaf.multi_valued):
        return []
    return [PatchOperation("remove", operation.path)]


def removals_from_values(operation: PatchOperation, location: Location) -> Operations:
    """Return one removal by filter for each value of a list.

    Sent: `{"op": "Remove", "path": "members", "value": [{"value": "1"}]}`.
    Meant: `remove members[value eq "1"]`; the other members stay. Without a value `remove members` empties, an empty
    list names nobody, and what is not there is removed already. On an attribute of one value the value is the old one
    and says nothing.
    """
    bare = replace(operation, value=MISSING)
    if operation.value is MISSING or operation.value is None:
        return [bare]
    if "[" in (operation.path or "") or not location.leaf.multi_valued:
        return [bare]
    elements = operation.value if isinstance(operation.value, list) else [operation.value]
    return [_removal(bare, location.attribute, element) for element in elements]


def _removal(operation: PatchOperation, attribute: Attribute, element: Any) -> PatchOperation:
    wanted = element if isinstance(element, dict) else {"value": element}
    told = {
        sub.name: json.dumps(part, ensure_ascii=False)
        for name, part in wanted.items()
        if (sub := attribute.part(name)) and sub.name not in ("primary", "$ref") and comparable(sub, part) is not None
    }
    if "value" in told:
        kept = ("value",) if attribute.name == "members" else ("value", "type")
        told = {name: text for name, text in told.items() if name in kept}
    elif not told or attribute.name == "members":
        raise ScimError.invalid_value(f"remove of {attribute.name}: a value to remove must be named by its value")
    terms = " and ".join(f"{name} eq {text}" for name, text in told.items())
    return replace(operation, path=f"{operation.path}[{terms}]", may_miss=attribute.name != "members")


def member_from_filter(operation: PatchOperation, location: Location) -> PatchOperation:
    """Return an addition with the value that its filter names.

    Sent: `add members[value eq "1"]` without a value.
    Meant: `add members [{"value": "1"}]`.
    """
    if operation.op != "add" or not location.attribute.multi_valued or "[" not in (operation.path or ""):
        return operation
    each, sub = parse_value_path(operation.path or "")
    inner = each.inner
    if sub is None and isinstance(inner, Compare) and (inner.operator, inner.path.attribute.lower()) == ("eq", "value"):
        return PatchOperation("add", str(each.path), [{"value": inner.value}])
    return operation


# Tools for vendor plugins: change a filter by changing its comparisons.


def map_filter(text: str, change: Callable[[Compare | Present], Compare | Present]) -> str:
    """Return a filter whose comparisons have passed `change`; one that cannot be read stays for the core to refuse."""
    try:
        tree = parse_filter(text)
    except ScimError:
        return text
    changed = map_tree(tree, change)
    return text if changed is tree or changed == tree else str(changed)


def map_path(text: str, change: Callable[[Compare | Present], Compare | Present]) -> str:
    """Return a PATCH path in whose value filter the comparisons have passed `change`."""
    if "[" not in text:
        return text
    try:
        each, sub = parse_value_path(text)
    except ScimError:
        return text
    changed = Each(each.path, map_tree(each.inner, change))
    return text if changed == each else f"{changed}{'' if sub is None else '.' + sub}"


def map_tree(tree: Tree, change: Callable[[Compare | Present], Compare | Present]) -> Tree:
    """Return a tree whose comparisons have passed `change`."""
    if isinstance(tree, (And, Or)):
        return type(tree)(tuple(map_tree(part, change) for part in tree.parts))
    if isinstance(tree, Not):
        return Not(map_tree(tree.part, change))
    # The comparisons inside brackets name sub-attributes; `map_path` is for those.
    return tree if isinstance(tree, Each) else change(tree)


def qualified(path: AttributePath, resource_type: ResourceType) -> AttributePath:
    """Return a path with the URN of the extension its name belongs to, when the core has no attribute of that name."""
    if path.urn is not None or resource_type.attribute(path.attribute) is not None:
        return path
    for urn, schema in resource_type.extensions.items():
        if schema.attribute(path.attribute) is not None:
            return replace(path, urn=urn)
    return path


def boolean_literal(comparison: Compare | Present, names: Iterable[str]) -> Compare | Present:
    """Return a comparison of a boolean attribute with `true` instead of `"True"`."""
    if isinstance(comparison, Compare) and comparison.path.attribute.lower() in names:
        return replace(comparison, value=boolean_from_text(comparison.value))
    return comparison


def boolean_names(attribute: Attribute) -> Iterator[str]:
    """Return the names of the boolean sub-attributes, in lower case."""
    return (sub.name.lower() for sub in attribute.sub_attributes if sub.type == "boolean")
