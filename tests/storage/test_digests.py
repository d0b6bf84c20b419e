"""Digests of resources: of document and state, under a key that goes with the row."""

from __future__ import annotations

from dataclasses import replace

from optiid.storage.digests import digest_of
from optiid.storage.resources import Stored

STORED = Stored("o", "i", "User", "c", {"userName": "ada"}, True, "living", 1, "", "", "ada", "ada", "0a" * 16)


def test_digest_is_of_document_and_state() -> None:
    alike = [STORED, replace(STORED, version=2, updated_at="later")]
    different = [
        replace(STORED, document={"userName": "bob"}),
        replace(STORED, state="gone"),
        replace(STORED, digest_key="0b" * 16),
    ]
    assert len({digest_of(one) for one in alike}) == 1
    assert len({digest_of(one) for one in [STORED, *different]}) == 4


def test_order_of_attributes_plays_no_part() -> None:
    one, other = {"a": 1, "b": 2}, {"b": 2, "a": 1}
    assert digest_of(replace(STORED, document=one)) == digest_of(replace(STORED, document=other))


def test_without_a_key_nothing_is_told() -> None:
    assert digest_of(replace(STORED, digest_key="")) == ""
