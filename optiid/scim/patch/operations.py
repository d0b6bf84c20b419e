"""One PATCH operation, and reading a PatchOp body (RFC 7644, section 3.5.2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from optiid.scim.errors import ScimError

PATCH_URN = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
OPERATION_NAMES = ("add", "remove", "replace")


class _Missing:
    """The value of an operation that carries none (null is a value)."""

    def __repr__(self) -> str:
        return "MISSING"

    def __bool__(self) -> bool:
        return False

    def __copy__(self) -> _Missing:
        return self

    def __deepcopy__(self, _: dict[int, Any]) -> _Missing:
        return self


MISSING: Any = _Missing()


@dataclass(frozen=True, slots=True)
class PatchOperation:
    """What to do (`add`, `remove`, `replace`), where (a path as text, None: the resource itself), with which value.

    `creates_target`: a value filter that selects nothing makes the value it describes. `may_miss`: a removal whose
    value filter selects nothing is done already. Without them both are noTarget, as RFC 7644 has it (sections 3.5.2.3
    and 3.12); only a profile sets them.
    """

    op: str
    path: str | None = None
    value: Any = MISSING
    creates_target: bool = False
    may_miss: bool = False


def read_operations(body: dict[str, Any], limit: int) -> list[PatchOperation]:
    """Return the operations of a PatchOp body, `op` in lower case.

    `schemas` may be missing, member names and `op` may come in any case: every client in the field does one of these.
    Raises invalidSyntax for another shape, and 413 for more than `limit` operations.
    """
    members = {name.lower(): value for name, value in body.items()}
    schemas = members.get("schemas")
    if schemas and not (isinstance(schemas, list) and PATCH_URN.lower() in [str(urn).lower() for urn in schemas]):
        raise ScimError.invalid_syntax(f"schemas of a PATCH must be [{PATCH_URN!r}]")
    operations = members.get("operations")
    if not isinstance(operations, list):
        raise ScimError.invalid_syntax("A PATCH needs a list named Operations")
    if len(operations) > limit:
        raise ScimError.too_large(f"{len(operations)} operations in one PATCH; the limit is {limit}: send several")
    return [_read_operation(entry) for entry in operations]


def _read_operation(entry: Any) -> PatchOperation:
    if not isinstance(entry, dict):
        raise ScimError.invalid_syntax("Each of Operations must be an object with op, path and value")
    members = {name.lower(): value for name, value in entry.items()}
    op, path = members.get("op"), members.get("path")
    if not isinstance(op, str) or op.lower() not in OPERATION_NAMES:
        raise ScimError.invalid_syntax(f"op is {str(op)[:60]!r}; it must be add, remove or replace")
    if path is not None and not isinstance(path, str):
        raise ScimError.invalid_path("path must be text")
    return PatchOperation(op.lower(), path or None, members.get("value", MISSING))
