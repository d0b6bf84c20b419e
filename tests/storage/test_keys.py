"""Key columns: equal keys mean equal values, and no key exceeds what an index takes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optiid.scim.resource_types import GROUP, USER
from optiid.storage.keys import LONGEST_KEY_BYTES, external_column, name_column, value_column, value_rows
from tests.generated import GADGET


@pytest.mark.parametrize("text", ["", "x", "x" * LONGEST_KEY_BYTES, "é" * (LONGEST_KEY_BYTES // 2)])
def test_short_text_is_its_own_key(text: str) -> None:
    assert value_column(text) == text


@pytest.mark.parametrize("text", ["x" * (LONGEST_KEY_BYTES + 1), "é" * (LONGEST_KEY_BYTES // 2) + "x", "😀" * 4096])
def test_long_text_is_digested(text: str) -> None:
    key = value_column(text)
    assert key.startswith("sha256:")
    assert len(key.encode()) <= LONGEST_KEY_BYTES
    assert key != value_column(text + "x")


def test_key_of_a_long_text_cannot_be_forged() -> None:
    long = "x" * 600
    assert value_column(value_column(long)) != value_column(long)


@given(st.text(), st.text())
def test_keys_are_equal_as_the_texts_are(one: str, other: str) -> None:
    assert (value_column(one) == value_column(other)) is (one == other)
    assert (external_column(one) == external_column(other)) is (one == other)


def test_missing_external_id_has_a_key_that_no_text_has() -> None:
    assert external_column(None) not in {external_column(text) for text in ("", "x", "sha256:", "None")}


def test_names_that_only_look_different_share_a_key() -> None:
    assert name_column("\ufb01ona@example.com") == name_column("FIONA@EXAMPLE.COM")
    assert external_column("a") != external_column("A")


def test_indexed_values_are_comparable_and_each_is_there_once() -> None:
    document = {
        "emails": [{"value": "B@x"}, {"value": "b@X", "type": "work"}, {"value": "a@x"}, {"type": "home"}],
        "roles": [{"value": "admin"}],
    }
    assert value_rows(document, USER) == [("emails.value", "a@x"), ("emails.value", "b@x")]


def test_caseless_and_exact_values_keep_their_difference() -> None:
    assert value_rows({"pairs": [{"value": "A"}, {"value": "a"}]}, GADGET) == [
        ("pairs.value", "A"),
        ("pairs.value", "a"),
    ]


def test_document_without_indexed_values_has_no_rows() -> None:
    assert value_rows({"userName": "x"}, USER) == []
    assert value_rows({"displayName": "x"}, GROUP) == []
