"""Who administers an organization: whatever is done to roles and groups leaves somebody who does (rule R22)."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from optiid.scim.errors import ScimError
from optiid.storage import roles

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from optiid.storage.database import Database

LAST = "Nobody would administer the organization any more: grant administrator in admin-center to somebody else first"


@contextmanager
def keeping_one(database: Database, organization: str) -> Iterator[None]:
    """Refuse, by 409, what is done inside when it leaves an organization without the administrators that it had.

    Inside a transaction; others who might end an administrator wait until it ends.
    """
    roles.hold_administrators(database, organization)
    had_one = roles.has_administrator(database, organization)
    yield
    if had_one and not roles.has_administrator(database, organization):
        raise ScimError(409, LAST)


def check_one_is_left(database: Database, organization: str, removed: Collection[str]) -> None:
    """Raise 409 when nobody administers an organization after some members were taken out of a group that did.

    Inside the transaction of that; others who might end an administrator wait until it ends. Members without any
    person among them, at whatever depth, can always go.
    """
    roles.hold_administrators(database, organization)
    if not roles.has_administrator(database, organization) and roles.has_person(database, organization, removed):
        raise ScimError(409, LAST)
