"""Split the operations of a PATCH into edits of the document and steps of membership (RFC 7644, section 3.5.2)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from optiid.scim.errors import ScimError
from optiid.scim.fields import DEFAULT_LIMITS
from optiid.scim.filters.parser import DEFAULT_LIMITS as DEFAULT_FILTER_LIMITS
from optiid.scim.filters.parser import FilterLimits
from optiid.scim.members_page import refuse_page
from optiid.scim.patch.members import MemberStep, ids_of_filter, read_member_ids
from optiid.scim.patch.operations import MISSING, PatchOperation
from optiid.scim.paths import LENGTH_LIMIT, Path, parse_path

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from optiid.scim.resource_types import Location, ResourceType

UnknownExtensions = Literal["keep", "ignore", "refuse"]


@dataclass(frozen=True, slots=True)
class Edit:
    """One change of the document: `op` at `path` with `value`."""

    op: str
    path: Path
    value: Any = MISSING
    creates_target: bool = False
    may_miss: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """All that one PATCH asks for, classified."""

    edits: tuple[Edit, ...] = ()
    member_steps: tuple[MemberStep, ...] = ()


@dataclass(frozen=True, slots=True)
class PatchLimits:
    """How long a path and its filter are, how many members and how many changes of the document one PATCH holds."""

    path_length: int = LENGTH_LIMIT
    members: int = DEFAULT_LIMITS.members
    edits: int = 10_000
    filters: FilterLimits = DEFAULT_FILTER_LIMITS


DEFAULT_PATCH_LIMITS = PatchLimits()


def plan_patch(
    operations: list[PatchOperation],
    resource_type: ResourceType,
    unknown_extensions: UnknownExtensions = "refuse",
    limits: PatchLimits = DEFAULT_PATCH_LIMITS,
) -> Plan:
    """Return the plan of a PATCH.

    Attributes of an unregistered extension are kept, ignored or refused as the connection's profile says.
    Raises invalidPath, noTarget, mutability and invalidValue, and 413 for too much at once.
    """
    edits: list[Edit] = []
    steps: list[MemberStep] = []
    for operation in operations:
        _check_path_length(operation, limits)
        for edit in _edits_of(operation, resource_type, limits.filters):
            if edit.path.opaque is not None:
                edits += _opaque_edit(edit, unknown_extensions, named=operation.path is not None)
            elif _names_members(edit.path):
                steps.append(_member_step(edit))
            else:
                edits += _checked(edit)
    _check_amount(edits, steps, limits)
    return Plan(tuple(edits), tuple(steps))


def _check_path_length(operation: PatchOperation, limits: PatchLimits) -> None:
    length = len(operation.path or "")
    if length > limits.path_length:
        raise ScimError.invalid_path(f"A path has {length} characters; at most {limits.path_length} are taken")


def _check_amount(edits: list[Edit], steps: list[MemberStep], limits: PatchLimits) -> None:
    """Bound the work before the database is asked (rule R9); a profile may have made many operations of one."""
    count = sum(len(step.ids) for step in steps)
    if count > limits.members:
        raise ScimError.too_large(f"{count} members in one request; the limit is {limits.members}: send several")
    if len(edits) > limits.edits:
        raise ScimError.too_large(f"{len(edits)} changes in one PATCH; the limit is {limits.edits}: send several")


def _edits_of(operation: PatchOperation, resource_type: ResourceType, filters: FilterLimits) -> Iterator[Edit]:
    if operation.op != "remove" and operation.value is MISSING:
        raise ScimError.invalid_value(f"{operation.op} needs a value")
    if operation.path is not None and operation.path.lower() != resource_type.schema.urn.lower():
        path = parse_path(operation.path, resource_type, len(operation.path), filters)
        if path.location is None and path.extension and operation.op != "remove":
            yield from _edits_of_extension(operation.op, path.extension, operation.value, resource_type)
        else:
            yield Edit(operation.op, path, operation.value, operation.creates_target, operation.may_miss)
    elif operation.op == "remove":
        raise ScimError.no_target("remove needs a path that says what to remove")
    else:  # the URN of the core schema means the resource itself, as no path does
        yield from _edits_of_members(operation.op, operation.value, resource_type)


def _edits_of_members(op: str, value: Any, resource_type: ResourceType) -> Iterator[Edit]:
    """Yield one edit for each member of a value object, or of the objects of schemas in it."""
    for name, below in _members(op, value, f"a whole {resource_type.name}"):
        if name.lower() == resource_type.schema.urn.lower() and isinstance(below, dict):
            yield from _edits_of_members(op, below, resource_type)
        elif urn := resource_type.extension_urn(name):
            yield from _edits_of_extension(op, urn, below, resource_type)
        elif name.lower().startswith("urn:"):
            yield Edit(op, Path(None, None, None, (name,)), below)
        elif name.lower() != "schemas":  # always told by the server from what is stored
            yield from _edit_of_member(op, name, below, resource_type, None)


def _edits_of_extension(op: str, urn: str, value: Any, resource_type: ResourceType) -> Iterator[Edit]:
    """Yield one edit for each attribute in the object of an extension; null means that there is none."""
    if value is None:
        yield Edit("remove", Path(None, extension=urn))
        return
    for name, below in _members(op, value, urn):
        yield from _edit_of_member(op, name, below, resource_type, urn)


def _members(op: str, value: Any, whole: str) -> Iterable[tuple[str, Any]]:
    if not isinstance(value, dict):
        raise ScimError.invalid_value(f"{op} of {whole} needs an object as value")
    return value.items()


def _edit_of_member(
    op: str, name: str, value: Any, resource_type: ResourceType, extension: str | None
) -> Iterator[Edit]:
    """Yield the edit of one attribute in a value object; what is read-only there is passed over, as in a PUT."""
    location = resource_type.locate(extension, name)
    if location is None:
        raise ScimError.invalid_path(f"{resource_type.name} has no attribute {name!r}; remove it from the mapping")
    if location.attribute.mutability != "readOnly":
        yield Edit(op, Path(location, None, None, None), value)


def _opaque_edit(edit: Edit, unknown_extensions: UnknownExtensions, *, named: bool) -> list[Edit]:
    """Return the edit of an extension that no schema describes, if it is kept.

    One that a path names is never ignored: the client was told that the change was made, and it was not.
    """
    refuse_page(":".join(edit.path.opaque or ()))
    if unknown_extensions == "refuse" or (named and unknown_extensions == "ignore"):
        raise ScimError.invalid_path(f"No schema {':'.join(edit.path.opaque or ())!r} is known here")
    return [edit] if unknown_extensions == "keep" else []


def _names_members(path: Path) -> bool:
    location = path.location
    return location is not None and location.extension is None and location.attribute.name == "members"


def _member_step(edit: Edit) -> MemberStep:
    location, value_filter = edit.path.location, edit.path.value_filter
    if location is not None and location.sub_attribute is not None:
        raise ScimError.mutability("The parts of a member cannot be changed: remove the member and add another")
    if value_filter is None:
        return _member_list_step(edit)
    ids = ids_of_filter(value_filter)
    if edit.op == "add" and ids is not None and read_member_ids(edit.value) == ids:
        return MemberStep("add", ids)
    if edit.op != "remove":
        raise ScimError.mutability(f"{edit.op} cannot change a member: remove it and add another")
    return MemberStep("remove", ids) if ids is not None else MemberStep("remove", where=value_filter)


def _member_list_step(edit: Edit) -> MemberStep:
    if edit.op == "remove":
        if edit.value is not MISSING:
            # RFC 7644 section 3.5.2.2 knows no value here; to empty the group instead would lose its members.
            raise ScimError.invalid_value('remove takes no value; name the members: members[value eq "id"]')
        return MemberStep("replace")
    ids = () if edit.value is None else read_member_ids(edit.value)
    return MemberStep("add" if edit.op == "add" else "replace", ids)


def _checked(edit: Edit) -> list[Edit]:
    """Refuse what may not be written, and turn the assignment of nothing into a removal (RFC 7643, section 2.5)."""
    location = edit.path.location
    if location is None:
        return [edit]
    if location.extension is None and location.attribute.name == "schemas":
        return _schemas_edit(edit)
    _check_mutability(location)
    if location.extension is None and location.attribute.name == "password":
        return _discarded(location, edit)
    if edit.op != "remove":
        _check_single(location, edit)
    if edit.op != "remove" and (edit.value is None or (edit.value == [] and location.leaf.multi_valued)):
        return [] if edit.op == "add" and edit.value == [] else [replace(edit, op="remove", value=MISSING)]
    return [edit]


def _schemas_edit(edit: Edit) -> list[Edit]:
    """Pass a list over, since `schemas` is told from what is stored; it is required, so that it cannot go."""
    if edit.op == "remove" or edit.value in (None, []):
        raise ScimError.mutability("schemas is required and cannot be removed")
    return []


def _check_single(location: Location, edit: Edit) -> None:
    """Refuse nothing where one simple value is due: for the switch `active` it would be a value nobody sent."""
    if location.extension is None and location.attribute.type == "boolean" and edit.value is None:
        raise ScimError.invalid_value(f"{location.attribute.name} must be true or false, not null")
    if edit.value in ([], {}) and location.leaf.type != "complex" and not location.leaf.multi_valued:
        raise ScimError.invalid_value(f"{location.leaf.name} must be one value, not an empty list or object")


def _check_mutability(location: Location) -> None:
    for attribute in (location.attribute, location.sub_attribute):
        if attribute is not None and attribute.mutability == "readOnly":
            raise ScimError.mutability(f"{attribute.name} is read-only: leave it out")


def _discarded(location: Location, edit: Edit) -> list[Edit]:
    """Take a password and forget it at once: it is never stored, logged or returned."""
    if edit.op != "remove" and not isinstance(edit.value, str):
        raise ScimError.invalid_value(f"{location.leaf.name} must be text")
    return []
