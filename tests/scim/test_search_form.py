from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optiid.scim.attributes import Attribute
from optiid.scim.resource_types import USER
from optiid.scim.search_form import comparable, folded, id_in_link, instant_text, name_key, number_text, search_form
from tests.running import ENTERPRISE


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Émile", "e\u0301MILE"),
        ("STRASSE", "straße"),
        ("ﬁ", "FI"),
        ("Ｅveryone", "everyone"),
        ("K", "\u212a"),
        ("گروه\u200cها", "گروهها"),
        ("☎\ufe0f Support", "☎ support"),
        ("葛\U000e0100城", "葛城"),
    ],
)
def test_names_that_only_look_different_share_a_key(one: str, other: str) -> None:
    assert name_key(one) == name_key(other)


@given(st.text())
def test_keys_are_idempotent(text: str) -> None:
    assert name_key(name_key(text)) == name_key(text)
    assert folded(folded(text)) == folded(text)
    assert folded(unicodedata.normalize("NFD", text)) == folded(text)


NUMBERS = st.integers(-(2**64), 2**64) | st.floats(allow_nan=False, allow_infinity=False)


@given(NUMBERS, NUMBERS)
def test_numbers_keep_their_order_as_text(one: float, other: float) -> None:
    assert (number_text(one) < number_text(other)) is (one < other)
    assert (number_text(one) == number_text(other)) is (one == other)


def test_instants_are_compared_in_utc() -> None:
    assert instant_text("2026-01-01T01:00:00+01:00") == instant_text("2026-01-01T00:00:00Z")
    assert instant_text("2026-01-01T00:00:00") == instant_text("2026-01-01T00:00:00.000Z")
    for text in ("no date", "2026-01-01", "2026-01-01 00:00:00Z", "20260101T000000Z", "2026-02-30T00:00:00Z"):
        assert instant_text(text) is None
    assert instant_text("0001-01-01T00:00:00+14:00") is None


def test_instants_are_told_apart_however_short_the_time_between() -> None:
    texts = [
        f"2026-01-01T00:00:00{fraction}Z" for fraction in ("", ".0000001", ".00000011", ".000001", ".0000011", ".1")
    ]
    keys = [instant_text(text) for text in texts]
    assert keys == sorted(set(filter(None, keys)))
    assert instant_text("2026-01-01T01:00:00.00000010+01:00") == keys[1]


def test_binary_has_one_spelling() -> None:
    attribute = Attribute("a", type="binary")
    assert comparable(attribute, "_-8=") == comparable(attribute, "/+8")


def test_links_are_kept_by_their_id() -> None:
    assert id_in_link("https://x.example/scim/v2/Users/7") == id_in_link("../Users/7/") == id_in_link("7") == "7"
    assert search_form({"meta": {"location": "https://x/Users/7"}}, USER) == {"meta": {"location": "7"}}


def test_comparable_follows_the_type() -> None:
    assert comparable(Attribute("a"), "X") == "x"
    assert comparable(Attribute("a", case_exact=True), "X") == "X"
    assert comparable(Attribute("a", type="boolean"), True) == "true"
    assert comparable(Attribute("a", type="integer"), True) is None
    assert comparable(Attribute("a"), 5) is None


def test_form_has_lower_case_names_and_of_what_is_opaque_the_urn() -> None:
    document = {
        "userName": "X",
        "name": {"givenName": "Y"},
        "emails": [{"value": "Z", "primary": True}],
        ENTERPRISE: {"costCenter": "4"},
        "urn:Opaque": {"a": 1},
        "unknown": "x",
    }
    assert search_form(document, USER) == {
        "username": "x",
        "name": {"givenname": "y"},
        "emails": [{"value": "z", "primary": "true"}],
        ENTERPRISE: {"costcenter": "4"},
        "schemas": ["urn:opaque"],
    }
