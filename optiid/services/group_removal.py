"""Delete a group together with the roles it was granted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optiid.services import administrators, role_events
from optiid.storage import resources, roles

if TYPE_CHECKING:
    from optiid.services.role_events import Told
    from optiid.storage.database import Database
    from optiid.storage.resources import Stored


def remove_group(database: Database, group: Stored) -> Told:
    """Delete a group and return what to tell of the grants that end with it, inside a transaction.

    Raises 409 when nobody would administer the organization any more.
    """
    ending = roles.grants_to(database, group.organization, [group.id])
    if roles.confers_administration(database, group.organization, group.id):
        with administrators.keeping_one(database, group.organization):
            resources.remove(database, group)
    else:
        resources.remove(database, group)
    return role_events.revoked(ending)
