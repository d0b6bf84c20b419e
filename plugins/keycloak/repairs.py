"""What SCIM for Keycloak sends differently, one function per quirk."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from optiid.profiles.api import PatchOperation


def object_from_text(operation: PatchOperation) -> PatchOperation:
    """Return a path-less operation whose value is the object that its text holds.

    Sent: `{"op": "replace", "value": T}` where T is the text of `{"displayName": "a", "externalId": "1"}`.
    Meant: `{"op": "replace", "value": {"displayName": "a", "externalId": "1"}}` (scim-for-keycloak#172, 2026-06).

    Evidence: wire/keycloak/keycloak-03-group-reconciled.json
    """
    text = operation.value
    if operation.path is not None or not (isinstance(text, str) and text.startswith("{")):
        return operation
    try:
        told = json.loads(text)
    except (ValueError, RecursionError):
        return operation
    return replace(operation, value=told)
