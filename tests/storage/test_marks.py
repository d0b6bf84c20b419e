"""A mark is good while its list is the same, the nearest one is taken, and the oldest are given up."""

from __future__ import annotations

from optiid.storage import marks
from optiid.storage.list_counts import Listed
from optiid.storage.marks import Mark, Marks

USERS, GROUPS = ("organization", "connection", "User"), ("organization", "connection", "Group")
LISTED = Listed(5000, 17)


def test_nearest_mark_at_or_before_a_place_is_found() -> None:
    known = Marks()
    for place in (3001, 1001, 2001):
        known.set(USERS, LISTED, Mark(place, f"id-{place}"))
    found = [known.before(USERS, LISTED, place) for place in (1000, 1001, 1999, 2500, 9000)]
    assert found == [None, (1001, "id-1001"), (1001, "id-1001"), (2001, "id-2001"), (3001, "id-3001")]
    assert known.before(GROUPS, LISTED, 9000) is None


def test_list_that_has_changed_has_no_marks() -> None:
    known = Marks()
    known.set(USERS, LISTED, Mark(1001, "a"))
    changed = LISTED._replace(since=18)
    assert known.before(USERS, changed, 1001) is None
    known.set(USERS, changed, Mark(2001, "b"))
    assert [known.before(USERS, changed, place) for place in (1001, 2001)] == [None, (2001, "b")]
    assert known.before(USERS, LISTED, 2001) is None


def test_what_is_remembered_is_bounded() -> None:
    known = Marks()
    for place in range(1, 2 * marks.MOST_MARKS + 1):
        known.set(USERS, LISTED, Mark(place, ""))
    oldest = marks.MOST_MARKS + 1
    assert [known.before(USERS, LISTED, place) for place in (oldest - 1, oldest)] == [None, (oldest, "")]
    for number in range(marks.MOST_LISTS):
        known.set(("organization", "connection", str(number)), LISTED, Mark(1, ""))
    assert known.before(USERS, LISTED, oldest) is None
