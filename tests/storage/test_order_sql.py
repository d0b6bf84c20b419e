"""A seek finds exactly what ORDER BY puts beyond a cut, in each direction and on both databases."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from optiid.scim.cursors import BEYOND, Cut
from optiid.scim.resource_types import USER
from optiid.storage.dialects import POSTGRESQL, SQLITE
from optiid.storage.order_sql import Order, sort_key
from tests.running import ENTERPRISE

ROWS = [("1", "b"), ("2", None), ("3", "a"), ("4", "b"), ("5", None), ("6", "A"), ("7", "é"), ("8", "😀"), ("9", "")]
CUTS = [Cut(key, ident) for key in (None, "", "a", "b", "c", "é", "\uffff") for ident in ("", "2", "4", BEYOND)]


def run(service: Any, order: Order, cut: Cut | None) -> list[str]:
    """Return the ids of the rows that a seek finds, in order."""
    collated = service.database.dialect.ordered("r.k")
    where, bound = ("1 = 1", []) if cut is None else order.seek(collated, cut)
    values = ", ".join(["(?, ?)"] * len(ROWS))
    rows = f"SELECT column1 AS id, CAST(column2 AS TEXT) AS k FROM (VALUES {values}) v"
    sql = f"SELECT r.id, {collated} AS sort_key FROM ({rows}) r WHERE {where} ORDER BY {order.by('r.id')}"
    found = service.database.reading(lambda: service.database.rows(sql, [*itertools.chain(*ROWS), *bound]))
    return [row[0] for row in found]


def place(row: tuple[str, str | None], descending: bool) -> Any:
    ident, key = row
    points = [-ord(one) for one in key or ""] if descending else [ord(one) for one in key or ""]
    return (((key is None) != descending), [*points, 1 if descending else -1], ident)


@pytest.mark.parametrize("descending", [False, True])
def test_order_is_that_of_code_points_with_missing_ones_at_their_end(service: Any, descending: bool) -> None:
    wanted = [row[0] for row in sorted(ROWS, key=lambda row: place(row, descending))]
    assert run(service, Order(True, descending), None) == wanted
    assert run(service, Order(True, descending, backward=True), None) == wanted[::-1]
    assert run(service, Order(), None) == sorted(wanted)


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("cut", CUTS)
def test_seek_parts_what_lies_before_from_what_lies_after(service: Any, cut: Cut, descending: bool) -> None:
    whole = sorted(ROWS, key=lambda row: place(row, descending))
    at = place((cut.ident, cut.key), descending)
    after = [row[0] for row in whole if place(row, descending) >= at]
    before = [row[0] for row in whole if place(row, descending) < at]
    assert run(service, Order(True, descending), cut) == after
    assert run(service, Order(True, descending, backward=True), cut) == before[::-1]


def test_seek_in_the_order_of_ids_asks_for_nothing_else() -> None:
    assert Order().seek("NULL", Cut(None, "5")) == ("r.id >= ?", ["5"])
    assert Order(backward=True).seek("NULL", Cut(None, "5")) == ("r.id < ?", ["5"])


def test_sort_key_of_several_is_the_primary_else_the_first() -> None:
    several = sort_key(USER.locate(None, "emails", "value"), SQLITE)
    assert "'true') DESC, e.position LIMIT 1" in several
    assert sort_key(USER.locate(ENTERPRISE, "department"), POSTGRESQL).startswith("(r.search #>>")
    assert sort_key(USER.locate(None, "meta", "lastModified"), SQLITE) == "r.updated_at"
    assert sort_key(None, POSTGRESQL) == 'CAST(NULL AS TEXT) COLLATE "C"'
