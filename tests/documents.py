"""Generated users and filters for property tests: awkward text, every operator, every shape."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from optiid.scim.filters.tree import And, AttributePath, Compare, Each, Not, Or, Present, Tree
from tests.running import ENTERPRISE

texts = st.sampled_from(
    [
        "a",
        "A",
        "ab",
        "b%",
        "_",
        "'",
        '"',
        "\\",
        "ß",
        "SS",
        "Ü",
        "ü",
        "İ",
        "i",
        "é",
        "É",
        "😀",
        " ",
        "%_",
        "ﬁ",
        "fi",
        "Σ",
        "ς",
    ]
)
dates = st.sampled_from(["2026-01-01T00:00:00Z", "2026-01-01T01:00:00+01:00", "2025-12-31T23:59:59.5Z"])
kinds = st.sampled_from(["work", "Work", "home"])
SIMPLE = ("title", "nickName", "displayName", "userType", "externalId")
NAME_PARTS = ("givenName", "familyName")
PLURAL = ("emails", "phoneNumbers", "roles")


def optional(**members: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=members)


elements = optional(value=texts, type=kinds, display=texts, primary=st.just(False))
documents = st.fixed_dictionaries(
    {"userName": texts.filter(lambda text: text.strip()), "active": st.booleans()},
    optional={
        **dict.fromkeys(SIMPLE, texts),
        "name": optional(givenName=texts, familyName=texts).filter(bool),
        **{name: st.lists(elements.filter(bool), min_size=1, max_size=3) for name in PLURAL},
        ENTERPRISE: optional(department=texts, manager=optional(value=texts).filter(bool)).filter(bool),
    },
)

TEXT_OPERATORS = ("eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le")
text_paths = st.sampled_from(
    [
        *(AttributePath(None, name) for name in ("userName", *SIMPLE, *PLURAL)),
        *(AttributePath(None, "name", part) for part in NAME_PARTS),
        *(AttributePath(None, name, part) for name in PLURAL for part in ("value", "type", "display")),
        AttributePath(ENTERPRISE, "department"),
        AttributePath(ENTERPRISE, "manager"),
        AttributePath(ENTERPRISE, "manager", "value"),
    ]
)
present_paths = text_paths | st.sampled_from([AttributePath(None, "name"), AttributePath(None, "active")])
comparisons = st.one_of(
    st.builds(Compare, text_paths, st.sampled_from(TEXT_OPERATORS), texts | st.just("")),
    st.builds(Compare, text_paths, st.sampled_from(["eq", "ne"]), st.none()),
    st.builds(Compare, st.just(AttributePath(None, "active")), st.sampled_from(["eq", "ne"]), st.booleans()),
    st.builds(Present, present_paths),
)
sub_paths = st.sampled_from([AttributePath(None, name) for name in ("value", "type", "display")])
inner_comparisons = st.one_of(
    st.builds(Compare, sub_paths, st.sampled_from(TEXT_OPERATORS), texts | kinds),
    st.builds(Compare, st.just(AttributePath(None, "primary")), st.sampled_from(["eq", "ne"]), st.booleans()),
    st.builds(Present, sub_paths),
)


def joined(parts: st.SearchStrategy[Tree]) -> st.SearchStrategy[Tree]:
    lists = st.lists(parts, min_size=2, max_size=3).map(tuple)
    return st.builds(And, lists) | st.builds(Or, lists) | st.builds(Not, parts)


inner_trees = st.recursive(inner_comparisons, joined, max_leaves=4)
value_paths = st.builds(Each, st.sampled_from([AttributePath(None, name) for name in PLURAL]), inner_trees)
trees: st.SearchStrategy[Tree] = st.recursive(comparisons | value_paths, joined, max_leaves=6)
