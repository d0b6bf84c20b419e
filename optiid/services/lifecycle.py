"""What inactive, deleted and created again mean under the policy `delete` (product.md, section 3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from optiid.scim.errors import ScimError
from optiid.storage.journal import Event

if TYPE_CHECKING:
    from optiid.services.actor import Policy
    from optiid.storage.resources import Stored


def state_of(document: dict[str, Any]) -> str:
    """Return the directory's state of a document: whoever is not active is gone at once."""
    return "living" if document.get("active", True) else "gone"


def check_removed_active(before: dict[str, Any], after: dict[str, Any], policy: Policy) -> None:
    """Raise mutability when `active` was removed and the connection's profile does not take that for true.

    Nobody gets in because an attribute is missing, unless the profile knows that its client means just that.
    """
    if "active" not in before or "active" in after or policy.removed_active == "true":
        return
    if policy.removed_active == "refuse" or not before["active"]:
        raise ScimError.mutability("active cannot be removed: set it to true or false")


def is_same_person(tombstone: Stored, document: dict[str, Any]) -> bool:
    """Say whether a POST of a tombstone's name means the same person: two different externalIds say it does not."""
    known, sent = tombstone.document.get("externalId"), document.get("externalId")
    return known is None or sent is None or known == sent


def changed_attributes(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """Return the names of the top-level attributes and extensions that differ, sorted."""
    return sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))


def change_event(before: Stored, after: Stored) -> Event | None:
    """Return the event of a changed resource, or None when the directory does not show the change."""
    subject = before.type.lower()
    if before.living and after.living:
        changed = changed_attributes(before.document, after.document)
        return Event(f"{subject}.updated", after.id, {"changed": changed}) if changed else None
    if before.living:
        return Event(f"{subject}.deleted", after.id)
    return Event(f"{subject}.restored", after.id) if after.living else None
