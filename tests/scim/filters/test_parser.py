from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optiid.scim.errors import ScimError
from optiid.scim.filters.parser import FilterLimits, parse_filter, parse_value_path
from optiid.scim.filters.tree import And, AttributePath, Compare, Each, Not, Or, Present
from optiid.scim.resource_types import USER
from tests.generated import filters
from tests.running import ENTERPRISE


def path(name: str, sub: str | None = None, urn: str | None = None) -> AttributePath:
    return AttributePath(urn, name, sub)


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ('userName eq "x"', Compare(path("userName"), "eq", "x")),
        ('USERNAME EQ "x"', Compare(path("USERNAME"), "eq", "x")),
        ('  a  Co  "x"  ', Compare(path("a"), "co", "x")),
        ("title pr", Present(path("title"))),
        ('name.familyName sw "O\'"', Compare(path("name", "familyName"), "sw", "O'")),
        (f'{ENTERPRISE}:manager.value eq "1"', Compare(path("manager", "value", ENTERPRISE), "eq", "1")),
        ("urn:x_~:1.0:Y:a pr", Present(path("a", None, "urn:x_~:1.0:Y"))),
        ("a eq true", Compare(path("a"), "eq", True)),
        ("a eq null", Compare(path("a"), "eq", None)),
        ("a gt -1.5e3", Compare(path("a"), "gt", -1500.0)),
        ("a eq 7", Compare(path("a"), "eq", 7)),
        ("a pr and b pr or c pr", Or((And((Present(path("a")), Present(path("b")))), Present(path("c"))))),
        ("a pr or b pr and c pr", Or((Present(path("a")), And((Present(path("b")), Present(path("c"))))))),
        ("(a pr or b pr) and c pr", And((Or((Present(path("a")), Present(path("b")))), Present(path("c"))))),
        ("not (a pr)", Not(Present(path("a")))),
        ("not(a pr) and b pr", And((Not(Present(path("a"))), Present(path("b"))))),
        ("NOT (a pr)", Not(Present(path("a")))),
        ('emails[type eq "work"]', Each(path("emails"), Compare(path("type"), "eq", "work"))),
        (
            'emails[type eq "work"].value eq "x"',
            Each(path("emails"), And((Compare(path("type"), "eq", "work"), Compare(path("value"), "eq", "x")))),
        ),
        (
            "emails[not (type pr) or $ref pr]",
            Each(path("emails"), Or((Not(Present(path("type"))), Present(path("$ref"))))),
        ),
        (r'a eq "\"\\\/\n\u00e9"', Compare(path("a"), "eq", '"\\/\né')),
        (r'a eq "\ud83d\ude00"', Compare(path("a"), "eq", "😀")),
        ('a eq "and or not ) ]"', Compare(path("a"), "eq", "and or not ) ]")),
    ],
)
def test_filters_are_read_as_the_grammar_has_them(text: str, tree: Any) -> None:
    assert parse_filter(text) == tree


@pytest.mark.parametrize(
    ("text", "position"),
    [
        ("userName", 9),
        ("userName eq", 12),
        ('userName eq "x" x', 17),
        ('userName eq "x" and', 20),
        ("(a pr", 6),
        ("a pr)", 5),
        ("a is 1", 3),
        ("a eq x", 6),
        ("a eq 1x", 6),
        ('a eq "x', 6),
        ("emails[type pr", 15),
        ("emails[type[a pr] pr]", 12),
        ("not a pr", 5),
        ("1 eq 1", 1),
        (r'a eq "\ud800"', 6),
        (r'a eq "\u0000"', 6),
        (r'a eq "\x"', 6),
        ("a eq +1", 6),
        ("a, b", 2),
    ],
)
def test_unreadable_filter_names_its_position(text: str, position: int) -> None:
    with pytest.raises(ScimError, match=f"position {position}\\b") as caught:
        parse_filter(text)
    assert caught.value.scim_type == "invalidFilter"


@pytest.mark.parametrize("text", ["", "   ", "\t"])
def test_empty_filter_is_refused(text: str) -> None:
    with pytest.raises(ScimError, match="empty at position 1") as caught:
        parse_filter(text)
    assert caught.value.scim_type == "invalidFilter"


def test_limits_are_kept() -> None:
    limits = FilterLimits(length=60, depth=3, terms=3)
    assert parse_filter("((a pr))", limits)
    for text in ("((((a pr))))", "a pr or b pr or c pr or d pr", "a eq " + '"' + "x" * 60 + '"'):
        with pytest.raises(ScimError) as caught:
            parse_filter(text, limits)
        assert caught.value.scim_type == "invalidFilter"
        assert "position" in caught.value.detail


def test_position_is_no_part_of_what_a_tree_means() -> None:
    one, other = parse_filter('title eq "x"'), parse_filter(' ( title  eq  "x")')
    assert one == other
    assert hash(one) == hash(other)
    assert isinstance(one, Compare)
    assert isinstance(other, Compare)
    assert (one.path.position, one.positions) == (1, (7, 10))
    assert (other.path.position, other.positions) == (4, (11, 15))


@given(filters(USER))
def test_printed_tree_reads_back_as_it_was(tree: Any) -> None:
    once = parse_filter(str(tree))
    assert parse_filter(str(once)) == once


@given(st.text(alphabet=st.sampled_from('ab.:[]() "\\eqprandotu0$-1'), max_size=40) | st.text(max_size=30))
def test_garbage_is_refused_and_nothing_else(text: str) -> None:
    try:
        parse_filter(text)
        parse_value_path(text)
    except ScimError as error:
        assert error.scim_type in ("invalidFilter", "invalidPath")


WORDS = st.sampled_from(
    ["userName", "not", "and", "pr", "eq", "a.b", "a.", "urn:x:y:z.w", "urn:x", "$ref", "a~b", "1a"]
)
BLANKS = st.sampled_from(["", " ", "  ", "\t", "\n", "\u00a0"])
VALUES = st.sampled_from(['"x"', '""', '"a\\"b"', '"\u00e9"', '"a', "true", "1", '"\x7f"', "'x'", '"x" y'])
OPERATORS = st.sampled_from(["eq", "EQ", "sw", "pr", "is"])


def read(text: str) -> Any:
    try:
        return parse_filter(text)
    except ScimError:
        return None


@given(st.tuples(BLANKS, WORDS, BLANKS, OPERATORS, BLANKS, VALUES, BLANKS).map("".join))
def test_comparison_alone_is_read_as_in_parentheses(text: str) -> None:
    """What is alone is read at one go, what is in parentheses token by token."""
    alone, inside = read(text), read(f"({text})")
    assert alone == inside
    if isinstance(alone, Compare):
        assert isinstance(inside, Compare)
        assert (inside.path.position, *inside.positions) == tuple(
            place + 1 for place in (alone.path.position, *alone.positions)
        )


def test_value_path_is_read() -> None:
    each, sub = parse_value_path('emails[type eq "work"].value')
    assert (str(each), sub) == ('emails[type eq "work"]', "value")
    for text in ("[a pr]", "emails[a pr]x", "emails[a pr].b.c"):
        with pytest.raises(ScimError):
            parse_value_path(text)
