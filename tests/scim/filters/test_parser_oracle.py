"""Another implementation of the grammar reads filters as this one does: the parser of scim2-models, written apart."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scim2_models import InvalidFilterException, ScimFilter
from scim2_models.path import expressions as other

from optiid.scim.errors import ScimError
from optiid.scim.filters.parser import parse_filter
from optiid.scim.filters.tree import And, AttributePath, Compare, Each, Not, Or, Present, Tree
from optiid.scim.resource_types import GROUP, USER
from tests.generated import filters

TREES = st.one_of(filters(USER), filters(GROUP))
# Tokens of the grammar with what is easily taken for one.
TOKENS = st.sampled_from(
    ["a", "b.c", "urn:x:y:d", "not", "and", "or", "(", ")", "[", "]", '].v eq "x"', "pr", "eq", "ne", "Co", "ever",
     '"x"', '"\\u00e9"', '"\\x"', "1", "-1.5e3", "01", "1.", "true", "null", "nulls", "$ref", ".", "nota", "a.b.c", "-"]
)  # fmt: skip


# Where the two differ and why, each by its name.
DIFFERENCES = {
    # RFC 8141, section 2, has no rule about the first character of a part, and RFC 3986 counts `~` as unreserved.
    "a URN of any unreserved characters": re.compile(r"urn:[\w.:~-]*(?:~|:[._~-])", re.ASCII | re.IGNORECASE),
}


def is_known_difference(text: str) -> bool:
    return any(pattern.search(text) for pattern in DIFFERENCES.values())


def read_otherwise(text: str) -> Tree | None:
    """Return what the other parser reads, as a tree of ours; None when it refuses."""
    try:
        return translated(ScimFilter(text).ast)
    except InvalidFilterException:
        return None


def translated(node: Any) -> Tree:
    if isinstance(node, other.Comparison):
        return Compare(path(node.attr_path), node.op.value, node.value)
    if isinstance(node, other.Present):
        return Present(path(node.attr_path))
    if isinstance(node, other.Not):
        return Not(translated(node.expr))
    if isinstance(node, other.ValuePath):
        return Each(path(node.attr_path), translated(node.val_filter))
    parts = tuple(translated(term) for term in node.terms)
    return And(parts) if node.op is other.LogicalOperator.and_ else Or(parts)


def path(node: other.AttrPath) -> AttributePath:
    return AttributePath(node.uri, node.attr, node.sub_attr)


def read(text: str) -> Tree | None:
    try:
        return parse_filter(text)
    except ScimError:
        return None


@settings(max_examples=150, deadline=None, derandomize=True)
@given(TREES)
def test_both_read_what_a_tree_prints(tree: Tree) -> None:
    text = str(tree)
    assert read(text) == tree
    assert read_otherwise(text) == tree


@settings(max_examples=400, deadline=None, derandomize=True)
@given(st.lists(TOKENS, min_size=1, max_size=9).map(" ".join))
def test_both_read_or_refuse_the_same(text: str) -> None:
    assert read(text) == read_otherwise(text)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(TREES.map(str), st.integers(0, 10_000), st.sampled_from(["", " ", "(", ")", "]", '"', "\\", ".", "a", "1", "-"]))
def test_both_read_or_refuse_what_was_damaged(text: str, place: int, put: str) -> None:
    place %= len(text)
    for damaged in (text[:place] + put + text[place:], text[:place] + put + text[place + 1 :]):
        assert read(damaged) == read_otherwise(damaged) or is_known_difference(damaged)


@pytest.mark.parametrize("text", ["urn:x:.y:a pr", "urn:x:_y:a pr", "urn:x:y~z:a pr"])
def test_known_differences_are_read_here(text: str) -> None:
    assert is_known_difference(text)
    assert read_otherwise(text) is None
    assert str(read(text)) == text


@pytest.mark.parametrize("text", ['a eq "x"\u00a0', "\u2003a pr", "a\u00a0pr", "\u00a0", "a pr\x1c"])
def test_only_plain_blanks_are_blanks(text: str) -> None:
    assert read(text) is None
    assert read_otherwise(text) is None
