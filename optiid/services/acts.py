"""What a write of a resource is in the audit trail: one act, with ids and names of attributes, never values."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from optiid.services.lifecycle import changed_attributes, transition
from optiid.storage.audit import Act
from optiid.storage.digests import digest_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from optiid.storage.journal import Event
    from optiid.storage.memberships import Applied
    from optiid.storage.resources import Stored

# More ids than these are told by their number and digest: an entry is to be read by people.
MOST_IDS = 100


def creation(stored: Stored, closed: Stored | None = None, added: Sequence[str] = ()) -> Act:
    """Return the act of creating a resource; `closed` is the tombstone that had to go for it."""
    details = {"state": stored.state} | _closed(closed) | _ids("added", added)
    return Act(f"{stored.type.lower()}.created", stored.id, details, "", digest_of(stored))


def change(before: Stored, after: Stored, applied: Applied | None = None, closed: Stored | None = None) -> list[Act]:
    """Return the act of changing a resource, its members, or both; none when nothing has changed."""
    names = changed_attributes(before.document, after.document)
    if applied:
        names = sorted([*names, "members"])
    if not names and before.state == after.state:
        return []
    verb = transition(before, after) or "updated"
    details: dict[str, Any] = {"changed": names} | _closed(closed)
    if before.state != after.state:
        details["state"] = after.state
    if applied:
        details |= _ids("added", applied.added) | _ids("removed", applied.removed)
    return [Act(f"{before.type.lower()}.{verb}", after.id, details, digest_of(before), digest_of(after))]


def removal(before: Stored) -> Act:
    """Return the act of a DELETE: nothing is left on the SCIM plane; of a user a tombstone, which can be restored."""
    verb = "deleted" if before.living else "closed"
    return Act(f"{before.type.lower()}.{verb}", before.id, {"removed": True}, digest_of(before), "")


def of_events(events: Sequence[Event]) -> list[Act]:
    """Return an act for each event, for administrators' acts that change many resources at once."""
    return [Act(event.kind, event.resource, event.payload) for event in events]


def _closed(tombstone: Stored | None) -> dict[str, Any]:
    return {} if tombstone is None else {"closed": tombstone.id}


def _ids(name: str, idents: Sequence[str]) -> dict[str, Any]:
    if not idents:
        return {}
    if len(idents) <= MOST_IDS:
        return {name: sorted(idents)}
    digest = hashlib.sha256("\n".join(sorted(idents)).encode()).hexdigest()
    return {f"{name}_number": len(idents), f"{name}_digest": digest}
