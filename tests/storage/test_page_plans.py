"""Pages by cursor read no more than they hold, however deep they lie, among 10,000 users."""

from __future__ import annotations

import re
from typing import Any

import pytest

from optiid.scim.cursors import Cursor, Cut
from optiid.scim.filters.parser import parse_filter
from optiid.scim.resource_types import GROUP, USER
from optiid.services import counting
from optiid.storage import searching
from optiid.storage.marks import Mark
from optiid.storage.resources import Scope
from optiid.storage.searching import Part, Stretch

FILL = """
INSERT INTO resource (organization, id, type, connection, name_key, external_id, display, display_key, active, state,
                      document, search, version, created_at, updated_at)
WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 12500)
SELECT ?, 'filled-' || (100000 + n), CASE WHEN n % 5 = 0 THEN 'Group' ELSE 'User' END, ?, 'name' || n, 'e' || n, 'd',
       'd', 1, 'living', '{}', '{}', 1, '', '' FROM numbers"""
DEPTHS = ["filled-100002", "filled-106000", "filled-112000"]


@pytest.fixture(scope="module")
def large(service: Any) -> tuple[Any, Scope]:
    """A connection with 10,000 users and 2,500 groups."""
    connected = service.connect()
    scope = Scope(connected.organization, connected.connection)
    service.database.transaction(lambda: service.database.execute(FILL, (scope.organization, scope.connection)))
    counting.recount(service.database, scope.organization)
    if service.database.dialect.name == "postgresql":
        service.database.execute("ANALYZE")
    return service, scope


def plan_of(large: Any, parts: list[Part], stretch: Stretch) -> str:
    """Return the steps of the statement that reads a page."""
    service, scope = large
    database = service.database
    explain = "EXPLAIN QUERY PLAN" if database.dialect.name == "sqlite" else "EXPLAIN"
    sql, values = searching.page_statement(database, scope, parts, stretch)
    return "\n".join(str(row[-1]) for row in database.rows(f"{explain} {sql}", values))


@pytest.mark.parametrize("backward", [False, True])
@pytest.mark.parametrize("ident", DEPTHS)
@pytest.mark.parametrize("parts", [[Part(USER)], [Part(USER), Part(GROUP)]], ids=["type", "root"])
def test_page_by_cursor_seeks_by_an_index(large: Any, parts: list[Part], ident: str, backward: bool) -> None:
    steps = plan_of(large, parts, Stretch(100, cursor=Cursor(Cut(None, ident), backward)))
    if large[0].database.dialect.name == "sqlite":
        assert steps.count("SEARCH r USING INDEX resource_page (organization=? AND connection=? AND type=? AND id") == (
            len(parts)
        ), steps
        assert "TEMP B-TREE" not in steps or len(parts) > 1, steps
    else:
        assert "Index Cond: " in steps, steps
        assert "id >= 'filled" in steps or "id < 'filled" in steps, steps
        assert "Seq Scan" not in steps, steps


@pytest.mark.parametrize(
    ("text", "index"), [('userName eq "name7"', "resource_name"), ('externalId eq "e7"', "resource_external")]
)
def test_look_up_by_cursor_uses_the_index_of_the_look_up(large: Any, text: str, index: str) -> None:
    for cursor in (None, Cursor(Cut(None, DEPTHS[0]))):
        steps = plan_of(large, [Part(USER, parse_filter(text))], Stretch(100, cursor=cursor))
        assert index in steps, steps


def test_deep_page_by_index_skips_in_the_index_alone(large: Any) -> None:
    service, _ = large
    if service.database.dialect.name == "sqlite":
        # It reads a row when a column is needed that the index lacks, so what is skipped is read from the index alone.
        assert "SEARCH r USING INDEX resource_page" in plan_of(large, [Part(USER)], Stretch(100, start=6000))
        return
    service.database.execute("VACUUM resource")
    steps = plan_of(large, [Part(USER)], Stretch(100, start=6000))
    assert "Index Only Scan using resource_page" in steps, steps


def test_deep_page_by_index_begins_at_a_mark(large: Any) -> None:
    service, scope = large
    database, stretch = service.database, Stretch(100, start=6001)
    sql, values = searching.far_statement(database, scope, Part(USER), stretch, Mark(6001, DEPTHS[1]))
    explain = "EXPLAIN QUERY PLAN" if database.dialect.name == "sqlite" else "EXPLAIN"
    steps = "\n".join(str(row[-1]) for row in database.rows(f"{explain} {sql}", values))
    assert "OFFSET" not in sql
    if database.dialect.name == "sqlite":
        assert "INDEX resource_page (organization=? AND connection=? AND type=? AND id>?)" in steps, steps
        assert "TEMP B-TREE" not in steps, steps
    else:
        assert "id >= 'filled" in steps, steps
        assert "Seq Scan" not in steps, steps


def test_walk_by_index_skips_nothing_anew(large: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each page begins where the one before it ended, in one process; in two at where it last was."""
    service, scope = large
    database, offsets = service.database, []
    original = searching.far_statement

    def noting(*arguments: Any) -> Any:
        sql, values = original(*arguments)
        offsets.append(int(found.group(1)) if (found := re.search("OFFSET ([0-9]+)", sql)) else 0)
        return sql, values

    monkeypatch.setattr(searching, "far_statement", noting)
    seen = []
    for start in range(1, 10_001, 500):
        page = database.reading(lambda start=start: searching.page(database, scope, [Part(USER)], Stretch(500, start)))
        seen += [stored.id for stored in page.resources]
        assert page.total == 10_000
    assert len(seen) == len(set(seen)) == 10_000
    assert seen == sorted(seen)
    assert offsets == [1000] + [0] * 17


def test_walk_by_cursor_counts_once(large: Any) -> None:
    service, scope = large
    with service.database.counting() as seen:
        first = searching.page(service.database, scope, [Part(USER)], Stretch(10))
        assert first.after
        later = searching.page(service.database, scope, [Part(USER)], Stretch(10, cursor=Cursor(first.after, total=7)))
    assert (first.total, later.total) == (10_000, 7)
    assert len([sql for sql in seen if "list_counts" in sql]) == 1
    assert len(seen) == 3


def test_walk_through_all_of_them_meets_each_once(large: Any) -> None:
    service, scope = large
    database, seen, cursor = service.database, [], None
    while True:
        stretch = Stretch(2000, cursor=cursor)
        page = database.reading(lambda stretch=stretch: searching.page(database, scope, [Part(USER)], stretch))
        seen += [stored.id for stored in page.resources]
        assert page.total == 10_000
        if page.after is None:
            break
        cursor = Cursor(page.after, total=page.total)
    assert len(seen) == len(set(seen)) == 10_000
    assert seen == sorted(seen)
