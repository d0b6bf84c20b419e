"""Steps of membership fold into one change that does what the steps, taken one by one, would do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optiid.scim.errors import ScimError
from optiid.scim.filters.parser import parse_filter
from optiid.scim.patch.members import MemberChange, MemberStep, fold, ids_of_filter, read_member_ids

if TYPE_CHECKING:
    from optiid.scim.filters.tree import Tree

IDS = st.lists(st.sampled_from("abcde"), max_size=4).map(tuple)
STEPS = st.lists(st.builds(MemberStep, st.sampled_from(["add", "remove", "replace"]), IDS), max_size=6)


def never(where: Tree, _change: MemberChange) -> list[str]:
    raise AssertionError(where)


def applied(change: MemberChange, members: set[str]) -> set[str]:
    return set(change.replace) if change.replace is not None else (members - set(change.remove)) | set(change.add)


def one_by_one(steps: list[MemberStep], members: set[str]) -> set[str]:
    for step in steps:
        if step.kind == "add":
            members = members | set(step.ids)
        else:
            members = members - set(step.ids) if step.kind == "remove" else set(step.ids)
    return members


@given(STEPS, st.sets(st.sampled_from("abcde")))
def test_folded_change_does_what_the_steps_do_one_by_one(steps: list[MemberStep], members: set[str]) -> None:
    assert applied(fold(steps, never), members) == one_by_one(steps, members)


@given(STEPS)
def test_change_is_either_a_replacement_or_disjoint_additions_and_removals(steps: list[MemberStep]) -> None:
    change = fold(steps, never)
    assert not change.add.keys() & change.remove.keys()
    assert change.replace is None or not (change.add or change.remove)


def test_order_of_members_is_that_of_the_request() -> None:
    assert list(fold([MemberStep("add", ("c", "a")), MemberStep("add", ("b", "a"))], never).add) == ["c", "a", "b"]


@pytest.mark.parametrize(
    ("change", "counts"),
    [
        (MemberChange(), False),
        (MemberChange(add={"a": None}), True),
        (MemberChange(remove={"a": None}), True),
        (MemberChange(replace={}), True),
    ],
)
def test_emptying_a_group_is_a_change_and_nothing_is_none(change: MemberChange, counts: bool) -> None:
    assert bool(change) is counts


def test_filter_that_is_no_list_of_ids_asks_the_store_with_what_was_changed_before() -> None:
    seen = []

    def select(where: Tree, change: MemberChange) -> list[str]:
        seen.append((str(where), list(change.add), list(change.remove)))
        return ["b", "d"]

    where = parse_filter('type eq "User"')
    steps = [MemberStep("remove", ("c",)), MemberStep("add", ("a", "b")), MemberStep("remove", where=where)]
    change = fold([*steps, MemberStep("add", ("d",))], select)
    assert seen == [('type eq "User"', ["a", "b"], ["c"])]
    assert (list(change.add), list(change.remove)) == (["a", "d"], ["c", "b"])


@pytest.mark.parametrize(
    ("value", "ids"),
    [
        ({"value": "a"}, ("a",)),
        ([{"value": "a"}, {"value": "b", "display": "B"}, {"value": "a"}], ("a", "b")),
        ([{"VALUE": "a", "type": "User"}], ("a",)),
        ([], ()),
    ],
)
def test_members_are_read_by_their_value(value: Any, ids: tuple[str, ...]) -> None:
    assert read_member_ids(value) == ids


@pytest.mark.parametrize("entry", ["a", None, 1, {}, {"value": None}, {"value": ""}, {"value": 1}, {"display": "A"}])
def test_member_without_an_id_is_refused_by_its_position(entry: Any) -> None:
    with pytest.raises(ScimError, match=r"members\[1\]") as caught:
        read_member_ids([{"value": "a"}, entry])
    assert caught.value.scim_type == "invalidValue"


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ('value eq "a"', ("a",)),
        ('VALUE EQ "a"', ("a",)),
        ('value eq "a" or value eq "b" or (value eq "c" or value eq "a")', ("a", "b", "c", "a")),
        ('value ne "a"', None),
        ('value sw "a"', None),
        ('display eq "a"', None),
        ('value eq "a" or display eq "b"', None),
        ('value eq "a" and type eq "User"', None),
        ('not (value eq "a")', None),
        ("value eq null", None),
        ("value pr", None),
    ],
)
def test_ids_are_read_from_filters_that_only_list_ids(text: str, ids: tuple[str, ...] | None) -> None:
    assert ids_of_filter(parse_filter(text)) == ids
