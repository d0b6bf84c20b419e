"""Pages of resources: every resource on exactly one page, in the order asked for, with the right total."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optiid.scim.filters.parser import parse_filter
from optiid.scim.resource_types import GROUP, USER
from optiid.services import counting
from optiid.storage import list_counts, searching
from optiid.storage.resources import Scope
from optiid.storage.searching import Page, Part, Stretch

TITLES = ["b", None, "a", "C", None, "b", "ä"]
COUNT = len(TITLES)


class People:
    """Seven users of one connection, and a closed one."""

    def __init__(self, service: Any) -> None:
        self.database = service.database
        scim = service.scim()
        self.scope = Scope(scim.connected.organization, scim.connected.connection)
        users = [scim.a_user(**({"title": title} if title else {})) for title in TITLES]
        self.ids = [user["id"] for user in users]
        scim.delete(f"/Users/{scim.a_user()['id']}")
        service.scim(organization=self.scope.organization).a_user()

    def page(
        self, text: str | None = None, sort_by: Any = None, count: int = 100, *, descending: bool = False, **more: Any
    ) -> Page:
        part = Part(USER, None if text is None else parse_filter(text), sort_by)
        stretch = Stretch(count, **more)
        return self.database.reading(
            lambda: searching.page(self.database, self.scope, [part], stretch, descending=descending)
        )


@pytest.fixture(scope="module")
def people(service: Any) -> People:
    return People(service)


def ids(page: Page) -> list[str]:
    return [stored.id for stored in page.resources]


def test_page_without_an_order_begins_with_the_oldest(people: People) -> None:
    page = people.page()
    assert (ids(page), page.total) == (sorted(people.ids), COUNT)


@given(st.integers(1, COUNT + 3), st.integers(0, COUNT + 3))
def test_stretch_and_total_are_right_wherever_the_page_lies(people: People, start: int, count: int) -> None:
    page = people.page(start=start, count=count)
    assert (ids(page), page.total) == (sorted(people.ids)[start - 1 : start - 1 + count], COUNT)


@given(st.integers(1, 4), st.booleans())
def test_pages_joined_are_the_whole(people: People, count: int, descending: bool) -> None:
    order = {"sort_by": USER.locate(None, "title"), "descending": descending}
    joined = [
        ident for start in range(1, COUNT + 1, count) for ident in ids(people.page(start=start, count=count, **order))
    ]
    assert joined == ids(people.page(**order))
    assert sorted(joined) == sorted(people.ids)


def test_order_ignores_case_and_puts_missing_values_last_going_up(people: People) -> None:
    order = USER.locate(None, "title")
    up = [stored.document.get("title") for stored in people.page(sort_by=order).resources]
    down = [stored.document.get("title") for stored in people.page(sort_by=order, descending=True).resources]
    assert up == ["a", "b", "b", "C", "ä", None, None]
    assert down == [None, None, "ä", "C", "b", "b", "a"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('title eq "B"', 2),
        ("title pr", 5),
        ("not (title pr)", 2),
        ('title eq "x"', 0),
        ('title eq "b" or not (title pr)', 4),
    ],
)
@pytest.mark.parametrize("count", [0, 1, 2, 100])
def test_filter_selects_and_total_counts_what_it_selects(people: People, text: str, found: int, count: int) -> None:
    page = people.page(text, count=count)
    assert (len(page.resources), page.total) == (min(count, found), found)


def test_page_that_tells_the_total_by_itself_is_not_counted(people: People) -> None:
    with people.database.counting() as seen:
        people.page(count=100)
        people.page('title eq "x"')
    assert [sql for sql in seen if "COUNT" in sql] == []
    with people.database.counting() as seen:
        people.page("title pr", count=2)
    assert len([sql for sql in seen if "COUNT" in sql]) == 1


def test_list_is_counted_only_when_nobody_knows_what_it_has(people: People) -> None:
    database, organization = people.database, people.scope.organization
    number = people.page(count=2).total
    counting.recount(database, organization)
    with database.counting() as seen:
        assert people.page(count=2).total == number
    assert [sql for sql in seen if "COUNT(*)" in sql] == []
    database.transaction(lambda: list_counts.forget(database, organization))
    with database.counting() as seen:
        assert people.page(count=2).total == number
    assert len([sql for sql in seen if "COUNT(*)" in sql]) == 1


@pytest.mark.parametrize("seed", range(3))
def test_pages_by_index_are_stretches_of_the_list_whatever_changes(
    service: Any, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    """Marks of pages before a change do not show what stood there before it."""
    monkeypatch.setattr(searching, "FAR", 2)
    random_, scim, database = random.Random(seed), service.scim(settings={"brake": False}), service.database
    scope = Scope(scim.connected.organization, scim.connected.connection)
    there = [scim.a_user()["id"] for _ in range(12)]
    marked = 0
    for _ in range(60):
        what = random_.choice(["page"] * 8 + ["create", "delete", "change", "forget", "count"])
        if what == "create":
            there.append(scim.a_user()["id"])
        elif what == "delete" and there:
            scim.delete(f"/Users/{there.pop(random_.randrange(len(there)))}")
        elif what == "change" and there:
            scim.patch(f"/Users/{random_.choice(there)}", {"op": "replace", "path": "active", "value": False})
        elif what == "forget":
            database.transaction(lambda: list_counts.forget(database, scope.organization))
        elif what == "count":
            counting.recount(database, scope.organization)
        start, count = random_.randint(1, 16), random_.randint(1, 4)
        with database.counting() as seen:
            page = searching.page(database, scope, [Part(USER)], Stretch(count, start))
        marked += any("r.id >= " in sql for sql in seen)
        expected = there[start - 1 : start - 1 + count]
        assert ([one.id for one in page.resources], page.total) == (expected, len(there))
    assert marked > 5


def test_other_types_are_not_there(people: People) -> None:
    page = people.database.reading(lambda: searching.page(people.database, people.scope, [Part(GROUP)], Stretch(10)))
    assert (page.resources, page.total) == ([], 0)
