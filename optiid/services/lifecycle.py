"""What inactive, deleted and created again mean under the policy `delete` (product.md, section 3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from optiid.storage.journal import Event

if TYPE_CHECKING:
    from optiid.storage.resources import Stored


def state_of(document: dict[str, Any]) -> str:
    """Return the directory's state of a document: whoever is not active is gone at once."""
    return "living" if document.get("active", True) else "gone"


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
