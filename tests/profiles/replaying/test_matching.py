from __future__ import annotations

from typing import Any

import pytest

from optiid.profiles.replaying.matching import ABSENT, MATCHERS, difference
from optiid.profiles.replaying.problem import ProblemError

# Matcher, its argument, what it holds for, what it does not hold for.
CASES: list[tuple[str, Any, Any, Any]] = [
    ("@absent", True, ABSENT, None),
    ("@empty", True, [], "a"),
    ("@present", True, "a", None),
    ("@type", "integer", 1, True),
    ("@includes", [{"a": 1}, {"a": 2}], [{"a": 2}, {"a": 1}, 3], [{"a": 1}]),
    ("@excludes", [1], [2], [1]),
    ("@count", {"match": 1, "min": 1, "max": 1}, [1, 2], [1, 1]),
    ("@len", 2, "ab", "a"),
    ("@minlen", 2, [1, 2], "a"),
    ("@maxlen", 1, None, "ab"),
    ("@min", 2, 2, True),
    ("@max", 2, 2, 3),
    ("@regex", "^a", "ab", "ba"),
    ("@ieq", "Ada", "aDA", "Bob"),
    ("@in", [1, 2], 2, 3),
    ("@anyof", [{"@absent": True}, 1], ABSENT, 2),
    ("@not", 1, 2, 1),
]


def test_each_matcher_has_a_case() -> None:
    assert [case[0] for case in CASES] == list(MATCHERS)


@pytest.mark.parametrize(("name", "argument", "holds", "fails"), CASES)
def test_matcher(name: str, argument: Any, holds: Any, fails: Any) -> None:
    assert difference({name: argument}, holds) is None
    assert difference({name: argument}, fails, "a.b") is not None


def test_objects_match_by_the_members_they_name_and_lists_in_any_order() -> None:
    assert difference({"a": [1, {"b": 2}], "c": {"@empty": True}}, {"a": [{"b": 2, "x": 0}, 1], "y": 0}) is None
    assert difference({"a": {"b": True}}, {"a": {"b": 1}}) == "a.b: wanted true, got 1"
    assert difference({"a": 1}, {}) == "a: wanted 1, got absent"
    assert difference([1, 2], [1]) == "$: wanted 2 element(s), got 1: [1]"
    assert difference([1, 2], [1, 3]) == "$: no element matches 2 in [1, 3]"
    assert difference({"a": 1}, [1]) == '$: wanted {"a": 1}, got [1]'


def test_each_element_is_matched_by_another_one() -> None:
    assert difference([{"@type": "integer"}, 1], [1, 2]) is None
    assert difference([1, 1], [1, 2]) is not None


def test_unknown_matcher_is_told() -> None:
    with pytest.raises(ProblemError, match="there is no matcher @like"):
        difference({"@like": 1}, 1)
