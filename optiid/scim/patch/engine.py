"""Apply the edits of a PATCH to a copy of a document (RFC 7644, section 3.5.2).

All or nothing needs no code here: a failing edit raises, and the copy is dropped.
"""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any

import orjson

from optiid.scim.errors import ScimError
from optiid.scim.immutability import check_kept, remember
from optiid.scim.patch.targets import container_of, key_of_urn
from optiid.scim.patch.values import Known, assign_values, edit_selected, merge, set_in_each

if TYPE_CHECKING:
    from optiid.scim.attributes import Attribute
    from optiid.scim.patch.planner import Edit
    from optiid.scim.resource_types import Location, ResourceType

# A thousand value filters on a thousand values are a lawful body, but hold the writers of everybody for seconds.
MOST_COMPARED = 50_000
Touched = set[tuple[str | None, str]]


def apply_edits(
    document: dict[str, Any], edits: tuple[Edit, ...], resource_type: ResourceType
) -> tuple[dict[str, Any], Touched]:
    """Return the edited copy, and which attributes were touched: (extension URN or None, canonical name).

    Raises noTarget, invalidValue and mutability. The touched attributes are not validated yet.
    """
    copy: dict[str, Any] = orjson.loads(orjson.dumps(document))
    touched: Touched = set()
    compared = 0
    known: dict[tuple[str | None, str], Known] = {}
    for edit in edits:
        location = edit.path.location
        compared += _values_compared(copy, edit)
        if compared > MOST_COMPARED:
            raise ScimError.too_large("The value filters of this PATCH look at too many values: send it in parts")
        if edit.path.opaque is not None:
            _edit_opaque(copy, edit)
        elif location is None:
            copy.pop(edit.path.extension or "", None)
            known.clear()
        else:
            place = (location.extension, location.attribute.name)
            values = known.pop(place, {})
            _edit_attribute(copy, location, edit, resource_type, values)
            touched.add(place)
            if edit.op == "add" and location.sub_attribute is None and edit.path.value_filter is None:
                known[place] = values
    return copy, touched


def _values_compared(document: dict[str, Any], edit: Edit) -> int:
    location = edit.path.location
    if location is None or edit.path.value_filter is None:
        return 0
    container = document if location.extension is None else document.get(location.extension, {})
    return len(container.get(location.attribute.name, ()))


def _edit_opaque(document: dict[str, Any], edit: Edit) -> None:
    """Edit an unregistered extension, whose objects are kept as they come; (URN), (URN, name) or (URN, name, sub)."""
    *containers, last = _opaque_keys(document, edit.path.opaque or ())
    value = deepcopy(edit.value)  # later edits may change it in place, and the transaction may run again
    place: Any = document
    for key in containers:
        place = place.setdefault(key, {})
        if not isinstance(place, dict):
            raise ScimError.invalid_path(f"{key} is not an object: nothing can be set inside it")
    if edit.op == "remove" or value is None:
        place.pop(last, None)
    elif not containers and not isinstance(value, dict):
        raise ScimError.invalid_value(f"{last} must be an object")
    elif not containers and isinstance(place.get(last), dict):
        place[last].update(value)
    else:
        place[last] = value
    _drop_empty_containers(document, containers)


def _opaque_keys(document: dict[str, Any], keys: tuple[str, ...]) -> tuple[str, ...]:
    """Return keys as the document spells them.

    Without a schema `urn:a:b:c` may be the attribute c of `urn:a:b`, or the whole extension: what is stored decides.
    """
    whole = key_of_urn(document, ":".join(keys))
    return (whole,) if whole else (key_of_urn(document, keys[0]) or keys[0], *keys[1:])


def _drop_empty_containers(document: dict[str, Any], containers: list[str]) -> None:
    for depth in range(len(containers), 0, -1):
        *above, last = containers[:depth]
        place = document
        for key in above:
            place = place[key]
        if not place[last]:
            del place[last]


def _edit_attribute(
    document: dict[str, Any], location: Location, edit: Edit, resource_type: ResourceType, known: Known
) -> None:
    container = container_of(document, location.extension)
    attribute = location.attribute
    fixed = remember(attribute, container)
    if edit.path.value_filter is not None:
        edit_selected(container, location, edit.path.value_filter, edit, resource_type)
    elif location.sub_attribute is not None:
        _edit_sub_attribute(container, attribute, location.sub_attribute, edit)
    elif edit.op == "remove":
        _remove(container, attribute)
    elif attribute.multi_valued:
        assign_values(container, attribute, edit, known)
    elif attribute.type == "complex":
        merge(container.setdefault(attribute.name, {}), attribute, edit.value)
    else:
        container[attribute.name] = edit.value
    _drop_empty(container, attribute)
    check_kept(attribute, fixed, container)
    if location.extension is not None and not container:
        del document[location.extension]


def _remove(container: dict[str, Any], attribute: Attribute) -> None:
    if attribute.required:
        raise ScimError.mutability(f"{attribute.name} is required and cannot be removed")
    container.pop(attribute.name, None)


def _edit_sub_attribute(container: dict[str, Any], attribute: Attribute, sub: Attribute, edit: Edit) -> None:
    if not attribute.multi_valued:
        targets = [container.setdefault(attribute.name, {})]
    else:
        targets = container.get(attribute.name, [])
        if not targets and edit.op != "remove":
            raise ScimError.no_target(f"{attribute.name} has no value whose {sub.name} could be set")
    set_in_each(attribute, sub, targets, edit)


def _drop_empty(container: dict[str, Any], attribute: Attribute) -> None:
    value = container.get(attribute.name)
    if isinstance(value, list) and attribute.multi_valued:
        value[:] = [element for element in value if element != {}]
    if value in ({}, []) and (attribute.multi_valued or attribute.type == "complex"):
        del container[attribute.name]
