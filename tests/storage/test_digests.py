"""Digests of resources: of document and state, under a key that goes with the row."""

from __future__ import annotations

from optiid.storage.digests import digest_of
from optiid.storage.resources import Stored

STORED = Stored("o", "i", "User", "c", {"userName": "ada"}, True, "living", 1, "", "", "ada", "ada", "0a" * 16)


def test_digest_is_of_document_and_state() -> None:
    alike = [STORED, STORED._replace(version=2, updated_at="later")]
    different = [
        STORED._replace(document={"userName": "bob"}),
        STORED._replace(state="gone"),
        STORED._replace(digest_key="0b" * 16),
    ]
    assert len({digest_of(one) for one in alike}) == 1
    assert len({digest_of(one) for one in [STORED, *different]}) == 4


def test_order_of_attributes_plays_no_part() -> None:
    one, other = {"a": 1, "b": 2}, {"b": 2, "a": 1}
    assert digest_of(STORED._replace(document=one)) == digest_of(STORED._replace(document=other))


def test_without_a_key_nothing_is_told() -> None:
    assert digest_of(STORED._replace(digest_key="")) == ""
