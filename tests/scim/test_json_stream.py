"""Pieces of JSON text joined are the text of the whole."""

from __future__ import annotations

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from optiid.scim.json_stream import listed, spliced

VALUES = st.recursive(st.none() | st.booleans() | st.text(), lambda inner: st.lists(inner, max_size=3), max_leaves=5)


@given(
    document=st.dictionaries(st.text().filter(lambda name: name != "members"), VALUES, max_size=3),
    chunks=st.lists(st.lists(VALUES, max_size=3), max_size=4),
)
def test_pieces_are_the_whole(document: dict[str, object], chunks: list[list[object]]) -> None:
    values = [value for chunk in chunks for value in chunk]
    whole = document | ({"members": values} if values else {})
    assert orjson.loads(b"".join(spliced(document, "members", chunks))) == whole


def test_each_chunk_is_taken_when_its_piece_is_asked_for() -> None:
    chunks = iter([[1, 2], [3], [4]])
    pieces = spliced({}, "list", chunks)
    assert [next(pieces), next(pieces), next(pieces)] == [b"{", b'"list":[1,2', b",3"]
    assert list(chunks) == [[4]]


@given(
    document=st.dictionaries(st.text().filter(lambda name: name != "all"), VALUES, max_size=3), values=st.lists(VALUES)
)
def test_values_in_pieces_are_a_list(document: dict[str, object], values: list[object]) -> None:
    texts = [(text[:1], text[1:]) for text in map(orjson.dumps, values)]
    assert orjson.loads(b"".join(listed(document, "all", texts))) == document | {"all": values}


def test_what_cannot_be_encoded_fails_before_the_first_piece() -> None:
    with pytest.raises(TypeError):
        spliced({"a": object()}, "list", [])
