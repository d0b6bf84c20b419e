"""Operations run in the order given, but for what somebody needs; circles are found whole."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optiid.scim.bulk.order import in_order


@pytest.mark.parametrize(
    ("needs", "groups"),
    [
        ([], []),
        ([[], [], []], [[0], [1], [2]]),
        ([[], [0], [0, 1]], [[0], [1], [2]]),
        ([[2], [], []], [[2], [0], [1]]),
        ([[1], [2], []], [[2], [1], [0]]),
        ([[1], [0]], [[0, 1]]),
        ([[0]], [[0]]),
        ([[2], [], [0, 3], [], [2]], [[3], [0, 2], [1], [4]]),
        ([[1], [2], [0], [4], [3], [0, 3]], [[0, 1, 2], [3, 4], [5]]),
    ],
)
def test_groups(needs: list[list[int]], groups: list[list[int]]) -> None:
    assert list(in_order(needs)) == groups


def test_long_chain_and_long_circle_need_no_recursion() -> None:
    chain = [[position + 1] for position in range(9_999)] + [[]]
    assert list(in_order(chain)) == [[position] for position in reversed(range(10_000))]
    assert list(in_order([*chain[:-1], [0]])) == [list(range(10_000))]


def reachable(needs: list[list[int]], start: int) -> set[int]:
    seen: set[int] = set()
    waiting = list(needs[start])
    while waiting:
        position = waiting.pop()
        if position not in seen:
            seen.add(position)
            waiting += needs[position]
    return seen


@given(
    st.integers(0, 9).flatmap(
        lambda size: st.lists(
            st.lists(st.integers(0, size - 1), max_size=3) if size else st.just([]), min_size=size, max_size=size
        )
    )
)
def test_each_is_met_once_after_what_it_needs(needs: list[list[int]]) -> None:
    groups = list(in_order(needs))
    assert sorted(position for group in groups for position in group) == list(range(len(needs)))
    done: set[int] = set()
    for group in groups:
        for position in group:
            assert set(needs[position]) <= done | set(group)
            if len(group) > 1:
                assert set(group) <= reachable(needs, position)
        done |= set(group)
