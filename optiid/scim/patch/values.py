"""Edits of a multi-valued attribute: add values, replace them, choose among them (RFC 7644, section 3.5.2)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from optiid.scim.errors import ScimError
from optiid.scim.likeness import identity, likeness
from optiid.scim.patch.operations import MISSING
from optiid.scim.patch.targets import canonical, described, new_element, selected

if TYPE_CHECKING:
    from collections.abc import Hashable

    from optiid.scim.attributes import Attribute
    from optiid.scim.filters.tree import Tree
    from optiid.scim.patch.planner import Edit
    from optiid.scim.resource_types import Location, ResourceType

Known = dict["Hashable", Any]


def assign_values(container: dict[str, Any], attribute: Attribute, edit: Edit, known: Known) -> None:
    """Replace all values, or add those that are not there yet.

    `known` has the values that are there by what tells them apart; an addition that follows another needs not look at
    all of them again.
    """
    sent = edit.value if isinstance(edit.value, list) else [edit.value]
    values = [new_element(attribute, value) for value in sent]
    if edit.op == "replace":
        container[attribute.name] = values
        return
    _check_one_primary(attribute, sum(is_primary(value) for value in values))
    elements: list[Any] = container.setdefault(attribute.name, [])
    if not known:
        known.update((identity(attribute, element), element) for element in elements)
    for value in values:
        key = identity(attribute, value)
        if key not in known:
            known[key] = value
            elements.append(value)
        elif isinstance(value, dict):
            _take_over_marks(attribute, known[key], value)
        _move_primary(elements, known[key])


def _take_over_marks(attribute: Attribute, present: dict[str, Any], value: dict[str, Any]) -> None:
    """Give a value that is there already the `primary` and `display` that it came with."""
    if likeness(attribute, present | value) != likeness(attribute, present):
        present |= value


def is_primary(value: Any) -> bool:
    """Say whether a value is marked as the preferred one."""
    return isinstance(value, dict) and value.get("primary") is True


def _check_one_primary(attribute: Attribute, count: int) -> None:
    if count > 1:
        raise ScimError.invalid_value(f"{attribute.name} can have one primary value, not {count}: mark only one")


def _move_primary(elements: list[Any], chosen: Any) -> None:
    """Take `primary` from the others when `chosen` has it (RFC 7644, section 3.5.2)."""
    if is_primary(chosen):
        for element in elements:
            if element is not chosen and is_primary(element):
                element["primary"] = False


def set_in_each(attribute: Attribute, sub: Attribute, targets: list[dict[str, Any]], edit: Edit) -> None:
    """Set a sub-attribute in each of some values, or take it from each."""
    if edit.op != "remove":
        if sub.name == "primary" and edit.value is True:
            _check_one_primary(attribute, len(targets))
        for target in targets:
            target[sub.name] = edit.value
        return
    for target in targets:
        if sub.required and sub.name in target:
            raise ScimError.mutability(f"{sub.name} is required and cannot be removed")
        target.pop(sub.name, None)


def edit_selected(
    container: dict[str, Any], location: Location, value_filter: Tree, edit: Edit, resource_type: ResourceType
) -> None:
    """Edit the values that a filter selects, or a sub-attribute of each."""
    attribute = location.attribute
    elements: list[Any] = container.get(attribute.name, [])
    positions = selected(elements, location, value_filter, resource_type)
    if not positions and not (edit.may_miss if edit.op == "remove" else edit.creates_target):
        raise ScimError.no_target(f"No value of {attribute.name} matches [{value_filter}]")
    if edit.op == "remove":
        _remove_selected(elements, positions, location, edit)
    elif edit.value is MISSING:
        raise ScimError.invalid_value(f"{edit.op} needs a value")
    elif positions:
        _set_selected(elements, positions, location, edit)
    else:
        made = described(value_filter, attribute) if attribute.type == "complex" else edit.value
        elements = container.setdefault(attribute.name, [])
        elements.append(made)
        _set_selected(elements, [len(elements) - 1], location, replace(edit, op="add"))


def _remove_selected(elements: list[Any], positions: list[int], location: Location, edit: Edit) -> None:
    if location.sub_attribute is not None:
        targets = [elements[position] for position in positions]
        set_in_each(location.attribute, location.sub_attribute, targets, edit)
        return
    for position in reversed(positions):
        del elements[position]


def _set_selected(elements: list[Any], positions: list[int], location: Location, edit: Edit) -> None:
    attribute, sub = location.attribute, location.sub_attribute
    if attribute.type != "complex":
        for position in positions:
            elements[position] = edit.value
        return
    targets = [elements[position] for position in positions]
    if sub is not None:
        set_in_each(attribute, sub, targets, edit)
    else:
        _set_whole(attribute, targets, edit)
    for target in targets:
        _move_primary(elements, target)


def _set_whole(attribute: Attribute, targets: list[dict[str, Any]], edit: Edit) -> None:
    """Set values; `replace` puts a new one in the place of each (section 3.5.2.3), `add` keeps unnamed parts."""
    named = canonical(attribute, edit.value)
    if named.get("primary") is True:
        _check_one_primary(attribute, len(targets))
    for target in targets:
        if edit.op == "replace":
            kept = {sub.name: target[sub.name] for sub in _immutable(attribute) if sub.name in target}
            target.clear()
            target.update(kept)
        merge(target, attribute, named)


def _immutable(attribute: Attribute) -> list[Attribute]:
    return [sub for sub in attribute.sub_attributes if sub.mutability == "immutable"]


def merge(target: dict[str, Any], attribute: Attribute, value: Any) -> None:
    """Set the named sub-attributes; the others stay (RFC 7644, section 3.5.2.3)."""
    for name, part in canonical(attribute, value).items():
        sub = attribute.sub(name)
        if part is not None:
            target[name] = part
        elif target.pop(name, None) is not None and sub is not None and sub.required:
            raise ScimError.mutability(f"{name} is required and cannot be removed")
