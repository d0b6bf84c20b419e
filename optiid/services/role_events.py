"""What the journal tells of grants that begin and end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optiid.storage.audit import Act
from optiid.storage.journal import Event

if TYPE_CHECKING:
    from collections.abc import Iterable

    from optiid.storage.roles import Grant

Told = tuple[list[Event], list[Act]]


def granted(grant: Grant) -> Told:
    """Return event and act of a new grant."""
    return _told("access.granted", [grant])


def revoked(grants: Iterable[Grant]) -> Told:
    """Return events and acts of grants that end."""
    return _told("access.revoked", grants)


def _told(kind: str, grants: Iterable[Grant]) -> Told:
    details = [
        (one.subject, {"grant": one.id, "product": one.product, "instance": one.instance, "role": one.role})
        for one in grants
    ]
    return [Event(kind, *one) for one in details], [Act(kind, *one) for one in details]
