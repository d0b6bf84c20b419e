"""The strict JSON reader: what two readers could understand differently is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optiid.scim.errors import ScimError
from optiid.scim.json_text import read_object

LARGEST = 2**63 - 1
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=6)
NUMBERS = st.integers(-LARGEST, LARGEST) | st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT.map(str.lower), inner, max_size=3),
    max_leaves=8,
)


def refusal(raw: bytes | str, depth: int = 32) -> str:
    with pytest.raises(ScimError) as caught:
        read_object(raw.encode() if isinstance(raw, str) else raw, depth)
    assert (caught.value.status, caught.value.scim_type) == (400, "invalidSyntax")
    return caught.value.detail


@given(st.dictionaries(st.sampled_from("abc"), VALUES), st.booleans())
def test_lawful_json_is_read_as_others_read_it(value: dict[str, Any], ascii_only: bool) -> None:
    assert read_object(json.dumps(value, ensure_ascii=ascii_only).encode()) == value


@given(st.binary(max_size=40) | st.text(max_size=40).map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    try:
        assert isinstance(read_object(raw), dict)
    except ScimError as error:
        assert error.scim_type == "invalidSyntax"


@pytest.mark.parametrize("raw", ["", " ", "{", "{}x", "{}{}", "{'a': 1}", '{"a": 1,}', '{"a": 01}', "\ufeff{}", "nul"])
def test_what_is_no_json_is_refused_with_its_place(raw: str) -> None:
    assert "line 1, column" in refusal(raw)


@pytest.mark.parametrize("raw", ["[]", '"text"', "1", "null", "true", "[{}]"])
def test_anything_but_an_object_is_refused(raw: str) -> None:
    assert "must be a JSON object" in refusal(raw)


def test_body_in_another_encoding_is_refused() -> None:
    assert "not UTF-8 (byte 6)" in refusal('{"a":"ü"}'.encode("latin-1"))
    assert "not UTF-8" in refusal('{"a":1}'.encode("utf-16"))
    assert "not UTF-8" in refusal(b'{"a":"\xed\xa0\x80"}')


@pytest.mark.parametrize("raw", ['{"a":1,"a":1}', '{"active":true,"Active":false}', '{"x":[{"k":1,"\u212a":2}]}'])
def test_key_that_stands_twice_is_refused_in_any_case(raw: str) -> None:
    assert "same key twice" in refusal(raw)


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity"])
def test_names_of_numbers_are_none(number: str) -> None:
    assert number in refusal(f'{{"a": {number}}}')


@pytest.mark.parametrize("digits", [str(LARGEST + 1), str(-LARGEST - 1), "1" + "0" * 5000])
def test_whole_number_beyond_64_bits_is_refused(digits: str) -> None:
    assert "64 bits" in refusal(f'{{"a": {digits}}}')


@pytest.mark.parametrize("number", [LARGEST, -LARGEST, 0, -1])
def test_whole_number_within_64_bits_is_read(number: int) -> None:
    assert read_object(f'{{"a": {number}}}'.encode()) == {"a": number}


def test_number_too_large_for_a_double_is_refused() -> None:
    assert "too large" in refusal('{"a": 1e400}')
    assert "too large" in refusal('{"a": -1.5e999999999}')


@pytest.mark.parametrize("escape", ["\\u0000", "\\ud800", "\\uDFFF", "\\udc00\\ud800", "a\\uD83Db"])
@pytest.mark.parametrize("form", ['{"a": "%s"}', '{"%s": 1}', '{"a": [{"b": ["x", "%s"]}]}'])
def test_nul_and_half_surrogates_are_refused_everywhere(form: str, escape: str) -> None:
    assert "NUL character or half of a surrogate pair" in refusal(form % escape)


def test_escapes_that_only_look_risky_are_read() -> None:
    assert read_object(b'{"a": "\\ud83d\\ude00", "b": "\\\\u0000"}') == {"a": "\U0001f600", "b": "\\u0000"}


def test_control_characters_must_be_escaped() -> None:
    assert "line 1" in refusal('{"a": "\t"}')
    assert read_object(b'{"a": "\\t"}') == {"a": "\t"}


@pytest.mark.parametrize("opening", ['{"a":', "["])
def test_nesting_is_bounded(opening: str) -> None:
    closing = "}" if opening.startswith("{") else "]"
    within = '{"x":' + opening * 4 + "1" + closing * 4 + "}"
    assert read_object(within.encode(), 5)
    assert "deeper than 4 levels" in refusal(within, 4)


def test_nesting_beyond_the_readers_own_bound_is_refused() -> None:
    assert "deeper than 32" in refusal('{"a":' * 100_000)
    assert "deeper than 32" in refusal('{"a":' + "[" * 100_000)


def test_many_small_objects_are_not_deep() -> None:
    assert len(read_object(b'{"a": [' + b", ".join([b"{}"] * 100) + b"]}", 3)["a"]) == 100
