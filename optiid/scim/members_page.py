"""A page of the members of a group: an extension of ours, since RFC 7644 has no way to read one attribute in parts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from optiid.scim.errors import ScimError
from optiid.scim.filters.matcher import check_filter
from optiid.scim.filters.parser import DEFAULT_LIMITS, FilterLimits, parse_filter
from optiid.scim.filters.tree import AttributePath, Each
from optiid.scim.messages import read_number

if TYPE_CHECKING:
    from collections.abc import Mapping

    from optiid.scim.filters.tree import Tree
    from optiid.scim.resource_types import ResourceType

MEMBERS_PAGE_URN = "urn:optiid:params:scim:schemas:extension:membersPage:2.0:Group"


@dataclass(frozen=True, slots=True)
class MembersPage:
    """Which members are asked for: so many from `start_index`, counted from 1, of those that `where` holds for.

    Without a count it is the server's to say how many.
    """

    start_index: int = 1
    count: int | None = None
    where: Tree | None = None

    def within(self, default: int, largest: int) -> MembersPage:
        """Return the page with a count that the limits allow."""
        return replace(self, count=min(default if self.count is None else self.count, largest))


def read_members_page(
    parameters: Mapping[str, str], resource_type: ResourceType, limits: FilterLimits = DEFAULT_LIMITS
) -> MembersPage | None:
    """Return the page that URL parameters ask for, None when there is none of them.

    Numbers are taken as those of lists are (RFC 7644, section 3.4.2.4). Raises invalidValue and invalidFilter.
    """
    start, count = parameters.get("membersStartIndex"), parameters.get("membersCount")
    text = parameters.get("membersFilter")
    if start is None and count is None and text is None:
        return None
    first, most = read_number("membersStartIndex", start, 1), read_number("membersCount", count, None)
    where = None if text is None else _read_filter(text, resource_type, limits)
    return MembersPage(max(1, first or 1), None if most is None else max(0, most), where)


def _read_filter(text: str, resource_type: ResourceType, limits: FilterLimits) -> Tree:
    """Return what stands inside the brackets of `members[...]`, so that positions count from its own beginning."""
    where = parse_filter(text, limits)
    check_filter(Each(AttributePath(None, "members"), where), resource_type)
    return where


def refuse_page(name: str) -> None:
    """Raise invalidValue for the name of what tells of a page: a group sent back with it would lose other members."""
    if name.lower().startswith(MEMBERS_PAGE_URN.lower()):
        raise ScimError.invalid_value(
            "This is a group with a page of its members, and cannot replace the whole: leave members and "
            f"{MEMBERS_PAGE_URN} out, or add and remove members by PATCH"
        )


def with_page(document: dict[str, Any], page: MembersPage, total: int, shown: int) -> dict[str, Any]:
    """Return the wire document of a group with word of which members it has."""
    told = {"totalResults": total, "startIndex": page.start_index, "itemsPerPage": shown}
    return document | {"schemas": [*document["schemas"], MEMBERS_PAGE_URN], MEMBERS_PAGE_URN: told}
