from __future__ import annotations

import base64
import unicodedata

import pytest

from optiid.profiles.recording.stand_ins import StandIns, is_id


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        ("ann@corp.test", "person1@example.com"),
        ("ANN@CORP.TEST", "PERSON1@EXAMPLE.COM"),
        ("Ann Quirk", "Name 1"),
        ("ann", "name1"),
        ("  Ann ", "  Name1 "),
        ("Ångström", "Namé1"),
        ("+49 (170) 12", "+50 (000) 01"),
        ("tel:+49-17", "tel:+50-01"),
        ("4711", "5001"),
        ("https://corp.test/ann", "https://example.com/page1"),
        ("https://corp.test/scim/v2/Users/7711", "https://example.com/scim/v2/Users/5001"),
        ("../Groups/{gone}", "../Groups/name1"),
        ("01A20000-AAAA-7BBB-8CCC-DDDDEEEEFFFF", "FFFFFFFF-0000-7000-8000-000000000001"),
        ("4f2a9c1d7b3e4f2a9c1d7b3e4f2a9c1d", "ffffffff000000000000000000000001"),
        ("1977-05-04T01:02:03.45+02:00", "2020-01-02T00:00:00.00+00:00"),
    ],
)
def test_shape_is_kept(text: str, shape: str) -> None:
    assert StandIns().of(text) == shape
    assert StandIns().of(shape) != text


@pytest.mark.parametrize("text", ["", " ", "True", "false", "0", "1", "***", "-", "{}"])
def test_what_tells_of_nobody_stays(text: str) -> None:
    assert StandIns().of(text) == text


def test_same_value_has_the_same_stand_in_in_each_spelling() -> None:
    made = StandIns()
    spellings = ["ann@corp.test", "ANN@corp.test", "ANN@CORP.TEST", "Ann@Corp.test", "anN@corp.test"]
    given = [made.of(text) for text in spellings]
    assert {text.lower() for text in given} == {"person1@example.com"}
    assert len(set(given)) == len(given)
    assert [made.of(text) for text in spellings] == given
    assert made.of("bob@corp.test") == "person2@example.com"


def test_unicode_forms_are_spellings() -> None:
    made = StandIns()
    composed, decomposed = made.of("Zoé"), made.of("Zoe\u0301")
    assert composed != decomposed
    assert unicodedata.normalize("NFC", decomposed) == composed


def test_variables_are_exact() -> None:
    made = StandIns({"Ab1": "{user_id}"})
    assert (made.of("Ab1"), made.of("../Users/Ab1")) == ("{user_id}", "../Users/{user_id}")
    assert made.of("ab1") == "name1"


def test_numbers_keep_their_type_and_follow_their_text() -> None:
    made = StandIns()
    assert (made.number(0), made.number(1)) == (0, 1)
    assert str(made.number(4711)) == made.of("4711")
    assert made.number(-4711) == -made.number(4711)
    assert isinstance(made.number(47.5), float)
    assert isinstance(made.number(1e300), float)
    assert {made.of(str(number)) for number in range(2, 60)} & {str(number) for number in range(2, 10)} == set()


def test_binary_stays_binary() -> None:
    made = StandIns()
    assert base64.b64decode(made.binary("QUJD")).startswith(b"stand-in")
    assert made.binary("QUJD") == made.binary("QUJD") != made.binary("QUJE")


def test_identifiers_are_known_by_their_form() -> None:
    assert is_id("f2a9c1d7-b3e4-4a9c-9d7b-3e4f2a9c1d7b")
    assert not is_id("userName")
