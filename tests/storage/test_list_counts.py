"""What lists are told to have is what they have, and whoever does not know forgets it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from optiid.clock import new_id
from optiid.errors import UnavailableError
from optiid.storage import counters, list_counts
from optiid.storage.list_counts import Listed
from optiid.storage.resources import Scope

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optiid.storage.counters import Counter


class Lists:
    """The lists of an organization, changed as writes change them."""

    def __init__(self, service: Any) -> None:
        self.database = service.database
        self.organization = service.connect().organization

    def known(self) -> dict[str, Listed] | None:
        return self.database.reading(lambda: list_counts.known(self.database, self.organization))  # type: ignore[no-any-return]

    def change(self, *changes: tuple[str, str, int], events: int = 1) -> Counter:
        """Change lists and move the counter on; return it as it was stored."""

        def work() -> Counter:
            for change in changes:
                list_counts.note(self.database, self.organization, *change)
            counter = counters.hold(self.database, self.organization)
            counter = counter._replace(event=counter.event + events)
            counters.save(self.database, self.organization, counter)
            return counter

        counter: Counter = self.database.transaction(work)
        return counter

    def run(self, sql: str) -> None:
        self.database.transaction(lambda: self.database.execute(sql, (self.organization,)))


@pytest.fixture
def lists(service: Any) -> Iterator[Lists]:
    made = Lists(service)
    yield made
    # There is nobody on these lists.
    made.database.transaction(lambda: list_counts.forget(made.database, made.organization))


def test_lists_of_a_new_organization_are_known_to_be_empty(lists: Lists) -> None:
    assert lists.known() == {}
    scope = Scope(lists.organization, new_id())
    assert lists.database.reading(lambda: list_counts.of_list(lists.database, scope, "User")) == Listed(0, 0)


def test_each_list_is_counted_by_itself_as_of_its_last_change(lists: Lists) -> None:
    first = lists.change(("a", "User", 1), ("a", "User", 1), ("a", "Group", 1), ("b", "User", 1))
    number = first.event + first.entry
    assert lists.known() == {"a User": (2, number), "a Group": (1, number), "b User": (1, number)}
    lists.change(("b", "User", -1))
    # Somebody left and somebody came: it has as many, and is another list.
    lists.change(("a", "User", 1), ("a", "User", -1))
    lists.change()
    assert lists.known() == {"a User": (2, number + 2), "a Group": (1, number)}


def test_what_is_rolled_back_has_not_been(lists: Lists) -> None:
    def work() -> None:
        list_counts.note(lists.database, lists.organization, "a", "User", 1)
        raise UnavailableError("gone")

    for _ in range(2):
        with pytest.raises(UnavailableError):
            lists.database.transaction(work)
    lists.change(("a", "User", 1))
    assert [listed.number for listed in (lists.known() or {}).values()] == [1]


def test_change_that_nobody_counts_is_forgotten_with_or_without_the_counter(service: Any, lists: Lists) -> None:
    lists.database.transaction(lambda: list_counts.forget(lists.database, lists.organization))
    assert lists.known() is None
    lists.change(("a", "User", 1))
    assert lists.known() is None
    other = Lists(service)
    other.database.transaction(lambda: list_counts.note(other.database, other.organization, "a", "User", 1))
    assert other.known() is None


def test_counts_are_old_when_another_version_has_moved_the_counter(lists: Lists) -> None:
    """It knows nothing of them; what is written after it does not know either."""
    lists.change(("a", "User", 1))
    for column in ("sequence", "audit_sequence"):
        lists.run(f"UPDATE event_counter SET {column} = {column} + 1 WHERE organization = ?")
        assert lists.known() is None
        lists.change(("a", "User", 1))
        assert lists.known() is None
        lists.run("UPDATE event_counter SET list_counts = '{}' WHERE organization = ?")
