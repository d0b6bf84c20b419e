"""One page of resources of one or several types: filter, order, index or cursor; counted only when it must be.

Each type is searched by itself, so that each uses its index; of several, what they found is merged in order.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from optiid.scim.cursors import Cursor, Cut, Place, cut_between
from optiid.storage import list_counts
from optiid.storage.filter_sql import compile_filter
from optiid.storage.marks import Mark
from optiid.storage.order_sql import Order, sort_key
from optiid.storage.resources import Scope, Stored, read_row
from optiid.storage.statements import COLUMNS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from optiid.scim.filters.tree import Tree
    from optiid.scim.resource_types import Location, ResourceType
    from optiid.storage.database import Database, Row

Sql = tuple[str, list[Any]]
_IDENT = 1  # its place in COLUMNS
FAR = 1000  # to skip so many costs little


@dataclass(frozen=True, slots=True)
class Part:
    """What is looked for among the resources of one type, and what of them the order goes by."""

    resource_type: ResourceType
    tree: Tree | None = None
    sort_by: Location | None = None


@dataclass(frozen=True, slots=True)
class Stretch:
    """Which of the results: so many from `start`, counted from 1, or from a cursor."""

    count: int
    start: int = 1
    cursor: Cursor | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """A stretch of the results, how many there are in all, and the cuts around it, None where nothing lies beyond."""

    resources: list[Stored]
    total: int
    before: Cut | None = None
    after: Cut | None = None


@dataclass(frozen=True, slots=True)
class _Branch:
    """The search for one type in SQL, without order and limit: `key` is its sort key, `where` selects."""

    key: str
    where: str
    values: list[Any]


def page(
    database: Database, scope: Scope, parts: Sequence[Part], stretch: Stretch, *, descending: bool = False
) -> Page:
    """Return one page. Without an order the oldest come first, since ids are made in order of time."""
    order = _order(parts, stretch, descending=descending)
    if stretch.start > FAR and stretch.count and len(parts) == 1 and parts[0].tree is None and not order.keyed:
        return _far_page(database, scope, parts[0], stretch)
    branches = [_branch(database, scope, part) for part in parts]
    rows: list[Row] = database.rows(*_select(branches, order, stretch)) if stretch.count else []
    found = [read_row(row[:-1]) for row in rows[: stretch.count]]
    total = _told_total(rows, stretch)
    if total is None:
        total = sum(_counted(database, scope, part, branch) for part, branch in zip(parts, branches, strict=True))
    before, after = _cuts(rows, order, stretch)
    return Page(found[::-1] if order.backward else found, total, before, after)


def _far_page(database: Database, scope: Scope, part: Part, stretch: Stretch) -> Page:
    """Return a deep page of a whole list in the order of ids, by key from where an earlier one of the same list ended.

    What the list has is read first: were it changed before the page is read, the mark that this sets would be good for
    no list.
    """
    which, count = (*scope, part.resource_type.name), stretch.count
    listed = list_counts.of_list(database, scope, part.resource_type.name)
    mark = None if listed is None else database.marks.before(which, listed, stretch.start)
    rows = database.rows(*far_statement(database, scope, part, stretch, mark))
    if listed is not None and len(rows) > count:
        database.marks.set(which, listed, Mark(stretch.start + count, rows[count][_IDENT]))
    total = _told_total(rows, stretch)
    if total is None:
        total = _number(database, _branch(database, scope, part)) if listed is None else listed.number
    return Page([read_row(row[:-1]) for row in rows[:count]], total)


def far_statement(database: Database, scope: Scope, part: Part, stretch: Stretch, mark: Mark | None) -> Sql:
    """Return the statement of a deep page in the order of ids, from a mark or from the start."""
    branch = _branch(database, scope, part)
    if mark is not None:
        stretch = Stretch(stretch.count, stretch.start - mark.place + 1)
        branch = _Branch(branch.key, f"{branch.where} AND r.id >= ?", [*branch.values, mark.ident])
    return _select([branch], Order(), stretch)


def page_statement(database: Database, scope: Scope, parts: Sequence[Part], stretch: Stretch) -> Sql:
    """Return the statement that reads a page in the order of ids."""
    branches = [_branch(database, scope, part) for part in parts]
    return _select(branches, _order(parts, stretch, descending=False), stretch)


def _order(parts: Sequence[Part], stretch: Stretch, *, descending: bool) -> Order:
    keyed = any(part.sort_by is not None for part in parts)
    return Order(keyed, keyed and descending, stretch.cursor is not None and stretch.cursor.backward)


def _branch(database: Database, scope: Scope, part: Part) -> _Branch:
    where = "r.organization = ? AND r.connection = ? AND r.type = ? AND r.removed_at IS NULL"  # index resource_page
    values: list[Any] = [scope.organization, scope.connection, part.resource_type.name]
    if part.tree is not None:
        condition, bound = compile_filter(part.tree, part.resource_type, database.dialect, scope.organization)
        where, values = f"{where} AND {condition}", values + bound
    return _Branch(sort_key(part.sort_by, database.dialect), where, values)


def _select(branches: Sequence[_Branch], order: Order, stretch: Stretch) -> Sql:
    """Return the statement of a page; of several types each gives as many rows as the page could need of it.

    Its numbers stand in the text: SQLite plans a statement anew for each number that is bound to a LIMIT.
    """
    limit, skipped = stretch.count + 1, stretch.start - 1  # the row beyond the page tells whether there is more
    here = f"LIMIT {limit:d} OFFSET {skipped:d}" if skipped else f"LIMIT {limit:d}"
    if len(branches) == 1 and skipped and not order.keyed:
        return _beyond(branches[0], here)
    if len(branches) == 1:
        sql, values = _selected(branches[0], order, stretch.cursor)
        return f"{sql} {here}", values
    texts, bound = [], []
    for branch in branches:
        sql, values = _selected(branch, order, stretch.cursor)
        texts.append(f"SELECT * FROM ({sql} LIMIT {skipped + limit:d}) part")
        bound += values
    sql = f"SELECT * FROM ({' UNION ALL '.join(texts)}) found ORDER BY {order.by('found.id')} {here}"
    return sql, bound


def _beyond(branch: _Branch, here: str) -> Sql:
    """Return the statement of a deep page in the order of ids: what is skipped is read from the index alone."""
    skipping = f"SELECT r.id FROM resource r WHERE {branch.where} ORDER BY r.id {here}"
    sql = (
        f"SELECT {COLUMNS}, {branch.key} AS sort_key FROM ({skipping}) found CROSS JOIN resource r"
        " WHERE r.organization = ? AND r.id = found.id ORDER BY r.id"
    )
    return sql, [*branch.values, branch.values[0]]


def _selected(branch: _Branch, order: Order, cursor: Cursor | None) -> Sql:
    where, values = branch.where, branch.values
    if cursor is not None:
        condition, bound = order.seek(branch.key, cursor.cut)
        where, values = f"{where} AND {condition}", values + bound
    sql = f"SELECT {COLUMNS}, {branch.key} AS sort_key FROM resource r WHERE {where} ORDER BY {order.by('r.id')}"
    return sql, values


def _told_total(rows: list[Row], stretch: Stretch) -> int | None:
    """Return how many results there are when that is known without counting: by a page that ends them, or a cursor."""
    if not stretch.count:
        return None
    if stretch.cursor is not None:
        return stretch.cursor.total
    is_last = len(rows) <= stretch.count and (rows or stretch.start == 1)
    return stretch.start - 1 + len(rows) if is_last else None


def _counted(database: Database, scope: Scope, part: Part, branch: _Branch) -> int:
    listed = list_counts.of_list(database, scope, part.resource_type.name) if part.tree is None else None
    if listed is not None:
        return listed.number
    return _number(database, branch)


def _number(database: Database, branch: _Branch) -> int:
    row = database.row(f"SELECT COUNT(*) FROM resource r WHERE {branch.where}", branch.values)
    return row[0] if row else 0


def _cuts(rows: list[Row], order: Order, stretch: Stretch) -> tuple[Cut | None, Cut | None]:
    """Return the cuts before and after a page: the one it was sought by, and the one that the row beyond it sets."""
    behind = stretch.cursor.cut if stretch.cursor else None
    beyond = None
    if stretch.count and len(rows) > stretch.count:
        last, next_ = _place(rows[stretch.count - 1]), _place(rows[stretch.count])
        one, other = (next_, last) if order.backward else (last, next_)
        beyond = cut_between(one, other, descending=order.descending)
    return (beyond, behind) if order.backward else (behind, beyond)


def _place(row: Row) -> Place:
    return row[-1], row[_IDENT]
