"""Identifiers (rule R11): nothing that hides, no blank at either end, and plain names in any script pass."""

from __future__ import annotations

import sys
import unicodedata

import pytest

from optiid.scim.identifiers import fault_of_identifier


@pytest.mark.parametrize(
    "value",
    [
        "bjensen@example.com",
        "Sales and Marketing",
        "Émile",
        "ﬁnance",
        "Ａｄｍｉｎ",
        "張偉",
        "يوسف",
        "O´Brien",
        "⚙️ Operations",
        "👩‍💻 Developers",
        "👩🏽‍🚒👨‍👩‍👧‍👦",
        "1️⃣ first line",
        "🏴󠁧󠁢󠁳󠁣󠁴󠁿 Glasgow",
        "🇩🇪 Berlin",
        "葛󠄀城市",
        "گروه\u200cها",
        "ශ්\u200dරී ලංකා",
        "o'brien+test_1@example.co.uk",
        "Maria del Carmen",
        "CORP\\\\jdoe",
        "a b",
        "x" * 5000,
    ],
)
def test_plain_name_passes(value: str) -> None:
    assert fault_of_identifier(value) is None


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("admin\ufe0f", 0xFE0F),
        ("a\U000e0100dmin", 0xE0100),
        ("ad\u200dmin", 0x200D),
        ("ad\u200cmin", 0x200C),
        ("\u200cگروه", 0x200C),
        ("גר\u200cוה", 0x200C),
        ("👩\u200d", 0x200D),
        ("👩\u200dadmin", 0x200D),
        ("1\ufe0f", 0xFE0F),
        ("🏴\U000e0067 admin", 0xE0067),
    ],
)
def test_joiners_and_selectors_are_refused_where_they_join_nothing(value: str, code: int) -> None:
    assert fault_of_identifier(value) == f"has the hidden character U+{code:04X}: remove it"


@pytest.mark.parametrize(
    "value",
    [
        "محمد@example.com",
        "محمد123@example.com",
        "محمد.علي@example.com",
        "علی۱۲۳",
        "علي١٢٣",
        "דוד כהן",
        "ada.כהן@example.co.il",
        "ada_אבג-2",
        "123",
        "١٢٣",
        "Zoë2",
        "O’Brien",
        "名前1@例え.jp",
        "42名",
    ],
)
def test_name_whose_words_each_read_in_one_direction_passes(value: str) -> None:
    assert fault_of_identifier(value, one_direction=True) is None


@pytest.mark.parametrize(
    "value", ["adaאבג", "אבגada@example.com", "אaב", "123משה@example.com", "علي١2", "ada١", "١ada"]
)
def test_word_that_reads_in_two_directions_is_refused_for_signing_in_only(value: str) -> None:
    fault = fault_of_identifier(value, one_direction=True)
    assert fault is not None
    assert "two directions" in fault
    assert fault_of_identifier(value) is None


@pytest.mark.parametrize("value", ["", " ", "\t", "\u00a0\u3000"])
def test_name_of_nothing_is_refused(value: str) -> None:
    assert fault_of_identifier(value) == "must not be empty"


@pytest.mark.parametrize(
    "code",
    [
        0x00, 0x07, 0x0A, 0x7F, 0x85,  # control
        0xAD, 0x200B, 0x200D, 0x2060, 0xFEFF,  # soft hyphen, zero width
        0x202A, 0x202E, 0x2066, 0x2069, 0x061C,  # direction
        0x2028, 0x2029,  # line and paragraph separators
        0xD800, 0xE000, 0x10FFFF, 0x0378,  # surrogate, private, unassigned
        0xE0041,  # tag
        0x034F, 0x115F, 0x1160, 0x2800, 0x3164, 0xFFA0,  # fillers
    ],
)  # fmt: skip
def test_hidden_character_is_refused_and_named(code: int) -> None:
    assert fault_of_identifier(f"ad{chr(code)}min") == f"has the hidden character U+{code:04X}: remove it"


@pytest.mark.parametrize("blank", [" ", "\u00a0", "\u2003", "\u3000"])
def test_outer_blank_is_refused(blank: str) -> None:
    for value in (f"{blank}admin", f"admin{blank}"):
        fault = fault_of_identifier(value)
        assert fault is not None
        assert fault.startswith("begins or ends with a blank")


@pytest.mark.parametrize("mark", ["\u00b4", "\u00a8", "\uffe3"])
def test_mark_whose_compatibility_form_begins_with_a_blank_is_refused_at_the_ends(mark: str) -> None:
    fault = fault_of_identifier(f"{mark}admin")
    assert fault == "begins or ends with a blank or a mark that stands on one: remove it"


def test_every_character_of_the_refused_categories_is_refused() -> None:
    refused = ("Cc", "Cf", "Cs", "Co", "Cn")
    passed = [
        hex(code)
        for code in range(0, sys.maxunicode + 1, 7)
        if unicodedata.category(chr(code)) in refused and fault_of_identifier(f"a{chr(code)}b") is None
    ]
    assert not passed
