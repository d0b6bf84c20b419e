"""One page of resources: filter, order, index paging, and the total only when the page does not tell it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from optiid.storage.filter_sql import compile_filter, compile_order
from optiid.storage.resources import Scope, Stored, read_row
from optiid.storage.statements import COLUMNS

if TYPE_CHECKING:
    from optiid.scim.filters.tree import Tree
    from optiid.scim.resource_types import Location, ResourceType
    from optiid.storage.database import Database


@dataclass(frozen=True, slots=True)
class Selection:
    """Which resources, in which order, which stretch of them; `start` counts from 1."""

    tree: Tree | None
    sort_by: Location | None
    descending: bool
    start: int
    count: int


@dataclass(frozen=True, slots=True)
class Page:
    """A stretch of the resources found, and how many there are in all."""

    resources: list[Stored]
    total: int


def page(database: Database, scope: Scope, resource_type: ResourceType, selection: Selection) -> Page:
    """Return one page. Without an order the oldest come first, since ids are made in order of time."""
    where = "r.organization = ? AND r.connection = ? AND r.type = ? AND r.removed_at IS NULL"  # index resource_page
    parameters: list[object] = [scope.organization, scope.connection, resource_type.name]
    if selection.tree is not None:
        condition, values = compile_filter(selection.tree, resource_type, database.dialect, scope.organization)
        where = f"{where} AND {condition}"
        parameters += values
    offset = selection.start - 1
    rows = []
    if selection.count:
        order = _order(database, selection)
        sql = f"SELECT {COLUMNS} FROM resource r WHERE {where} ORDER BY {order} LIMIT ? OFFSET ?"
        rows = database.rows(sql, [*parameters, selection.count, offset])
    if rows and len(rows) < selection.count:
        return Page([read_row(row) for row in rows], offset + len(rows))
    if not rows and offset == 0 and selection.count:
        return Page([], 0)
    counted = database.row(f"SELECT COUNT(*) FROM resource r WHERE {where}", parameters)
    return Page([read_row(row) for row in rows], counted[0] if counted else 0)


def _order(database: Database, selection: Selection) -> str:
    if selection.sort_by is None:
        return "r.id"
    return compile_order(selection.sort_by, selection.descending, database.dialect)
