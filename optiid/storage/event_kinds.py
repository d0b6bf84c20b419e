"""The grammar of events: each kind with the keys its payload may have. docs/events.md has a row for each of them.

A new kind is one line here and one there; a kind that is not here cannot be stored.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from optiid.storage.journal import Event

KINDS: dict[str, frozenset[str]] = {
    kind: frozenset(keys.split())
    for kind, keys in {
        "user.created": "",
        "user.updated": "changed",
        "user.suspended": "",
        "user.restored": "",
        "user.deleted": "",
        "user.purged": "",
        "user.moved": "from to",
        "group.created": "",
        "group.updated": "changed",
        "group.deleted": "",
        "group.member_added": "members",
        "group.member_removed": "members",
        "group.moved": "from to",
        "connection.created": "profile",
        "connection.changed": "changed",
        "connection.paused": "",
        "connection.activated": "",
        "connection.removed": "fate",
        "token.created": "connection",
        "token.rotated": "connection ends_at",
        "token.expiring": "connection expires_at",
        "token.revoked": "connection",
        "client.created": "connection",
        "client.rotated": "connection ends_at",
        "client.keys_set": "connection",
        "client.expiring": "connection expires_at",
        "client.revoked": "connection",
        "adoption.proposed": "adoption connection",
        "hold.placed": "hold asked why",
        "hold.released": "hold",
        "hold.rejected": "hold",
        "hold.cancelled": "hold",
        "access.granted": "grant product instance role",
        "access.revoked": "grant product instance role",
        "product.created": "",
        "product.removed": "",
        "role.created": "role",
        "role.removed": "role",
        "instance.created": "product",
        "instance.removed": "product",
        "team.created": "instance",
    }.items()
}


def check(event: Event) -> None:
    """Raise ValueError for an event that the grammar does not know: consumers rely on it."""
    known = KINDS.get(event.kind)
    if known is None:
        raise ValueError(f"There is no event {event.kind!r}: add it to KINDS and to docs/events.md")
    if not event.payload.keys() <= known:
        raise ValueError(f"The payload of {event.kind} has {', '.join(sorted(event.payload.keys() - known))}, too")
