"""What inactive, deleted and created again mean under the policies `delete`, `erase` and `suspend`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from optiid.scim.errors import ScimError
from optiid.storage.journal import Event

if TYPE_CHECKING:
    from optiid.services.actor import Policy
    from optiid.storage.resources import Stored


ERASED = "erased"
_INACTIVE = {"delete": "gone", "erase": ERASED, "suspend": "suspended"}


# By the state before and after; False for who is not listed.
_TRANSITIONS = {
    ("living", False): "deleted",
    ("suspended", False): "deleted",
    ("living", "suspended"): "suspended",
    ("suspended", "living"): "restored",
    (False, "living"): "restored",
    (False, "suspended"): "suspended",
}


def settle(policy: Policy, before: Stored | None, document: dict[str, Any]) -> str:
    """Return what the directory makes of a written document: living, suspended or gone; ERASED: its row goes, too.

    Only who becomes active or inactive changes: a policy that was chosen later moves nobody who was there before.
    """
    active = bool(document.get("active", True))
    if before is not None and before.active == active:
        return before.state
    return "living" if active else _INACTIVE[policy.inactive]


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
    new = {name for name, value in after.items() if before.get(name) != value}
    return sorted(new | (before.keys() - after.keys()))


def creation_events(stored: Stored) -> list[Event]:
    """Return the events of a new resource: none when the directory does not show it."""
    if not stored.living:
        return []
    kinds = ["created", "suspended"] if stored.state == "suspended" else ["created"]
    return [Event(f"{stored.type.lower()}.{kind}", stored.id) for kind in kinds]


def transition(before: Stored, after: Stored) -> str | None:
    """Return what became of somebody in the directory: deleted, suspended or restored; None when they stay as is."""
    return _TRANSITIONS.get((before.living and before.state, after.living and after.state))


def change_events(before: Stored, after: Stored) -> list[Event]:
    """Return the events of a changed resource: none when the directory does not show the change."""
    subject = before.type.lower()
    kind = transition(before, after)
    if kind is not None:
        return [Event(f"{subject}.{kind}", after.id)]
    # Whoever is held, or no longer, is as active in the directory as before.
    changed = [name for name in changed_attributes(before.document, after.document) if name != "active"]
    changed = changed if after.living else []
    return [Event(f"{subject}.updated", after.id, {"changed": changed})] if changed else []
