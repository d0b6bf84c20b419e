"""Read resources of the SCIM plane by id, and the members and groups of what was found."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from optiid.scim.errors import ScimError
from optiid.scim.rendering import Reference
from optiid.storage import memberships, resources
from optiid.storage.filter_sql import compile_member_filter
from optiid.storage.snapshots import snapshot

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from optiid.scim.members_page import MembersPage
    from optiid.scim.projection import Projection
    from optiid.scim.resource_types import ResourceType
    from optiid.storage.database import Database
    from optiid.storage.resources import Scope, Stored

# More members than these are not sent back after a PATCH; the answer is 204 then (RFC 7644, section 3.5.2).
ANSWERED_MEMBERS = 100
# More than these in an answer, of all its groups together, are read and sent in pieces (`large_groups.py`).
WHOLE_MEMBERS = 5000
Result = TypeVar("Result")
References = dict[str, list[Reference]]


class TooManyMembersError(Exception):
    """The groups of an answer have more members than are held at once."""


class MovedError(Exception):
    """A group changed after it was read and before its members were."""


def of_one_moment(database: Database, work: Callable[[], Result]) -> Result:
    """Return what `work` returns, which reads only and sees one moment of the database. Raises UnavailableError."""
    with snapshot(database):
        return work()


def fitting(database: Database, work: Callable[[], Result]) -> Result:
    """Return what `work` returns, which reads only: again, of one moment, when what it saw did not fit together.

    Raises UnavailableError.
    """
    try:
        return work()
    except MovedError:
        return of_one_moment(database, work)


def not_found(resource_type: ResourceType, ident: str) -> ScimError:
    """Return the 404 that hides whether a resource is unknown or another connection's (rule R2)."""
    return ScimError.not_found(f"There is no {resource_type.name} {ident[:64]!r} here")


def get(database: Database, scope: Scope, resource_type: ResourceType, ident: str) -> Stored:
    """Return one resource. Raises 404."""
    stored = database.reading(lambda: resources.fetch(database, scope, resource_type, ident))
    if stored is None:
        raise not_found(resource_type, ident)
    return stored


def id_of(database: Database, scope: Scope, resource_type: ResourceType, name: str) -> str:
    """Return the id of the resource that bears a name. Raises 404."""
    ident = database.reading(lambda: resources.id_of_name(database, scope, resource_type, name))
    if ident is None:
        raise ScimError.not_found(f"There is no {resource_type.name} named {name[:64]!r} here")
    return ident


def is_small_group(database: Database, scope: Scope, group_id: str) -> bool:
    """Say whether a group has so few members that a PATCH may be answered with all of them."""
    number = database.reading(lambda: memberships.number_up_to(database, scope, group_id, ANSWERED_MEMBERS))
    return number <= ANSWERED_MEMBERS


def references(
    database: Database, scope: Scope, resource_type: ResourceType, found: Sequence[Stored], projection: Projection
) -> References:
    """Return members of groups or groups of users, by id; nothing is read that the answer leaves out.

    Raises TooManyMembersError, and MovedError when a group is not what was found any more.
    """
    idents = [stored.id for stored in found]
    if not idents:
        return {}
    if resource_type.attribute("members"):
        if projection.wants("members"):
            looked = database.reading(lambda: memberships.members_of(database, scope, idents, WHOLE_MEMBERS))
            if looked is None:
                raise TooManyMembersError
            members, versions = looked
            if any(versions.get(stored.id) != stored.version for stored in found):
                raise MovedError
            return {ident: shown(found, projection) for ident, found in members.items()}
    elif resource_type.attribute("groups") and projection.wants("groups"):
        return database.reading(lambda: memberships.groups_of(database, scope, idents))
    return {}


def members_page(
    database: Database, scope: Scope, group: ResourceType, group_id: str, page: MembersPage, projection: Projection
) -> tuple[list[Reference], int]:
    """Return a page of the members of a group and how many there are in all; what is outside it is not loaded."""
    condition: memberships.Condition = ("1 = 1", [])
    if page.where is not None:
        (sql, values), only = compile_member_filter(page.where, group, database.dialect)
        condition = (sql, values) if only is None else (f"m.member_id = ? AND {sql}", [only, *values])
    stretch = page.start_index, page.count or 0
    found, total = database.reading(lambda: memberships.page_of(database, scope, group_id, condition, stretch))
    return shown(found, projection), total


def shown(members: list[Reference], projection: Projection) -> list[Reference]:
    """Return members without their names, unless those are asked for: `display` is returned on request."""
    if projection.names("members", "display"):
        return members
    return [Reference(one.id, one.type, None) for one in members]
