from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optiid.scim.attributes import Attribute
from optiid.scim.resource_types import USER
from optiid.scim.search_form import comparable, folded, instant_text, name_key, number_text, search_form
from tests.running import ENTERPRISE


@pytest.mark.parametrize(
    ("one", "other"),
    [("Émile", "e\u0301MILE"), ("STRASSE", "straße"), ("ﬁ", "FI"), ("Ｅveryone", "everyone"), ("K", "\u212a")],
)
def test_names_that_only_look_different_share_a_key(one: str, other: str) -> None:
    assert name_key(one) == name_key(other)


@given(st.text())
def test_keys_are_idempotent(text: str) -> None:
    assert name_key(name_key(text)) == name_key(text)
    assert folded(folded(text)) == folded(text)
    assert folded(unicodedata.normalize("NFD", text)) == folded(text)


@given(
    st.integers(-(2**53), 2**53) | st.floats(allow_nan=False), st.integers(-(2**53), 2**53) | st.floats(allow_nan=False)
)
def test_numbers_keep_their_order_as_text(one: float, other: float) -> None:
    assert (number_text(one) < number_text(other)) is (one < other)
    assert (number_text(one) == number_text(other)) is (one == other)


def test_instants_are_compared_in_utc() -> None:
    assert instant_text("2026-01-01T01:00:00+01:00") == instant_text("2026-01-01T00:00:00Z")
    assert instant_text("no date") is None
    assert instant_text("0001-01-01T00:00:00+14:00") is None


def test_comparable_follows_the_type() -> None:
    assert comparable(Attribute("a"), "X") == "x"
    assert comparable(Attribute("a", case_exact=True), "X") == "X"
    assert comparable(Attribute("a", type="boolean"), True) == "true"
    assert comparable(Attribute("a", type="integer"), True) is None
    assert comparable(Attribute("a"), 5) is None


def test_form_has_lower_case_names_and_leaves_out_what_is_opaque() -> None:
    document = {
        "userName": "X",
        "name": {"givenName": "Y"},
        "emails": [{"value": "Z", "primary": True}],
        ENTERPRISE: {"costCenter": "4"},
        "urn:opaque": {"a": 1},
    }
    assert search_form(document, USER) == {
        "username": "x",
        "name": {"givenname": "y"},
        "emails": [{"value": "z", "primary": "true"}],
        ENTERPRISE: {"costcenter": "4"},
    }
