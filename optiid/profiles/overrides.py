"""What a connection's settings change in lawful operations, whatever its profile is."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from optiid.profiles.types import PatchOperation


def with_settings(operations: list[PatchOperation], settings: Mapping[str, Any]) -> list[PatchOperation]:
    """Return the operations as the settings want them."""
    if settings.get("unmatched_filter") != "create":
        return operations
    return [_let_filter_create(operation) for operation in operations]


def _let_filter_create(operation: PatchOperation) -> PatchOperation:
    """Let a value filter that selects nothing make the value it describes, and a removal by one be done already.

    RFC 7644 has noTarget for both (section 3.12); a client that does not read first would try it for ever.
    """
    if "[" not in (operation.path or ""):
        return operation
    removes = operation.op == "remove"
    return replace(operation, creates_target=not removes, may_miss=removes)
