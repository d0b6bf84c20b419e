"""What SCIM for Keycloak sends differently, one function per quirk."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from optiid.profiles.api import object_in_text

if TYPE_CHECKING:
    from optiid.profiles.api import PatchOperation


def object_from_text(operation: PatchOperation) -> PatchOperation:
    """Return a path-less operation whose value is the object that its text holds.

    Sent: `{"op": "replace", "value": T}` where T is the text of `{"displayName": "a", "externalId": "1"}`.
    Meant: `{"op": "replace", "value": {"displayName": "a", "externalId": "1"}}` (scim-for-keycloak#172, 2026-06).

    Evidence: wire/keycloak/keycloak-03-group-reconciled.json
    """
    told = None if operation.path is not None else object_in_text(operation.value)
    return operation if told is None else replace(operation, value=told)
