"""Split the operations of a PATCH into edits of the document and steps of membership (RFC 7644, section 3.5.2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from optiid.scim.errors import ScimError
from optiid.scim.fields import DEFAULT_LIMITS
from optiid.scim.patch.members import MemberStep, ids_of_filter, read_member_ids
from optiid.scim.patch.operations import MISSING, PatchOperation
from optiid.scim.paths import LENGTH_LIMIT, Path, parse_path

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optiid.scim.resource_types import Location, ResourceType

UnknownExtensions = Literal["keep", "ignore", "refuse"]


@dataclass(frozen=True, slots=True)
class Edit:
    """One change of the document: `op` at `path` with `value`."""

    op: str
    path: Path
    value: Any = MISSING
    creates_target: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """All that one PATCH asks for, classified."""

    edits: tuple[Edit, ...] = ()
    member_steps: tuple[MemberStep, ...] = ()


@dataclass(frozen=True, slots=True)
class PatchLimits:
    """How long a path is, how many members and how many changes of the document one PATCH holds, at most."""

    path_length: int = LENGTH_LIMIT
    members: int = DEFAULT_LIMITS.members
    edits: int = 10_000


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
        for edit in _edits_of(operation, resource_type):
            if edit.path.opaque is not None:
                edits += _opaque_edit(edit, unknown_extensions)
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


def _edits_of(operation: PatchOperation, resource_type: ResourceType) -> Iterator[Edit]:
    if operation.op != "remove" and operation.value is MISSING:
        raise ScimError.invalid_value(f"{operation.op} needs a value")
    if operation.path is not None:
        path = parse_path(operation.path, resource_type, len(operation.path))
        if path.location is None and path.extension and operation.op != "remove":
            yield from _edits_of_members(operation, resource_type, path.extension)
        else:
            yield Edit(operation.op, path, operation.value, operation.creates_target)
    elif operation.op == "remove":
        raise ScimError.no_target("remove needs a path that says what to remove")
    else:
        yield from _edits_of_members(operation, resource_type, None)


def _edits_of_members(operation: PatchOperation, resource_type: ResourceType, extension: str | None) -> Iterator[Edit]:
    """Yield one edit for each member of a value object, at the resource itself or inside an extension."""
    if not isinstance(operation.value, dict):
        raise ScimError.invalid_value(f"{operation.op} of {extension or 'a whole resource'} needs an object as value")
    for name, value in operation.value.items():
        urn = resource_type.extension_urn(name) if extension is None else None
        is_core = extension is None and name.lower() == resource_type.schema.urn.lower()
        if (urn or is_core) and isinstance(value, dict):
            yield from _edits_of_members(PatchOperation(operation.op, urn, value), resource_type, urn)
        elif extension is None and name.lower().startswith("urn:"):
            yield _urn_edit(operation.op, name, value, urn)
        elif name.lower() != "schemas":  # always told by the server from what is stored
            yield Edit(operation.op, _member_path(name, resource_type, extension), value)


def _urn_edit(op: str, name: str, value: Any, registered: str | None) -> Edit:
    if registered:
        raise ScimError.invalid_value(f"{registered} must be an object")
    return Edit(op, Path(None, None, None, (name,)), value)


def _member_path(name: str, resource_type: ResourceType, extension: str | None) -> Path:
    location = resource_type.locate(extension, name)
    if location is None:
        raise ScimError.invalid_path(f"{resource_type.name} has no attribute {name!r}; remove it from the mapping")
    return Path(location, None, None, None)


def _opaque_edit(edit: Edit, unknown_extensions: UnknownExtensions) -> list[Edit]:
    if unknown_extensions == "refuse":
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
    if edit.op != "remove":
        raise ScimError.mutability(f"{edit.op} cannot change a member: remove it and add another")
    ids = ids_of_filter(value_filter)
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
        return []
    _check_mutability(location)
    if location.leaf.returned == "never":
        return _discarded(location, edit)
    if edit.op != "remove":
        _check_single(location, edit)
    if edit.op != "remove" and (edit.value is None or (edit.value == [] and location.leaf.multi_valued)):
        return [] if edit.op == "add" and edit.value == [] else [Edit("remove", edit.path)]
    return [edit]


def _check_single(location: Location, edit: Edit) -> None:
    """Refuse nothing where one simple value is due: for a switch such as `active` it would be a value nobody sent."""
    if location.attribute.type == "boolean" and edit.value is None:
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
