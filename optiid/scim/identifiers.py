"""What a name that people are known by may consist of (rule R11): nothing that hides, and no blank at either end.

RFC 8265, section 3.4, is the model (user names that keep their case), with what directories need beside it: blanks
inside, symbols, emoji. The rule is written down in docs/protocol-choices.md.
"""

from __future__ import annotations

import re
import unicodedata

# Control, format (zero width, direction), surrogate, private, unassigned, and the line and paragraph separators.
_HIDDEN_CATEGORIES = frozenset(("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"))
# Letters, marks and a symbol that leave no trace either, though Unicode files them elsewhere.
_HIDDEN_CHARACTERS = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180d\u180f\u2800\u3164\uffa0\ufe00-\ufe0f\U000e0100-\U000e01ef]"
)
# Where such characters belong to what is seen: emoji (variants, joined ones, keys, flags) and variants of ideographs.
_PICTURE = (
    "[\u00a9\u00ae\u203c\u2049\u2122\u2139\u2190-\u21ff\u2300-\u27bf\u2900-\u297f\u2b00-\u2bff\u3030\u303d\u3297\u3299"
    "\U0001f000-\U0001faff]"
)
_SEEN_TOGETHER = re.compile(
    "\U0001f3f4[\U000e0020-\U000e007e]+\U000e007f"
    f"|{_PICTURE}[\ufe0e\ufe0f]?(?:\u200d?{_PICTURE}[\ufe0e\ufe0f]?)*"
    "|[0-9#*]\ufe0f\u20e3"
    "|[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff][\ufe00-\ufe0f\U000e0100-\U000e01ef]"
)
_TOGETHER = re.compile("[\u200d\ufe00-\ufe0f\U000e0020-\U000e007f\U000e0100-\U000e01ef]")
_NON_JOINER, _JOINER = "\u200c", "\u200d"
_VIRAMA = 9  # the combining class of marks that take the vowel from a letter
_STRONG_OR_DIGIT = frozenset(("L", "R", "AL", "EN", "AN"))
_BETWEEN_WORDS = re.compile(r"[\s!-/:-@\[-`{-~]+")


def fault_of_identifier(value: str, *, one_direction: bool = False) -> str | None:
    """Return what is wrong with an identifier, or None; `one_direction` is for names that people sign in with.

    Blanks at the ends are looked for in the compatibility form too, since that is what identifiers are compared by.
    """
    if not value.strip():
        return "must not be empty"
    if not (value.isascii() and value.isprintable()):
        if hidden := _hidden_character(value):
            return f"has the hidden character U+{ord(hidden):04X}: remove it"
        if has_outer_blank(unicodedata.normalize("NFKC", value)):
            return "begins or ends with a blank or a mark that stands on one: remove it"
        if one_direction and any(map(_turns, _BETWEEN_WORDS.split(value))):
            return "has a word that reads in two directions (RFC 5893, section 2): part its letters and digits"
    return "begins or ends with a blank: remove it" if has_outer_blank(value) else None


def has_outer_blank(text: str) -> bool:
    """Say whether a text begins or ends with a blank of any width."""
    return text != text.strip()


def _hidden_character(value: str) -> str | None:
    shown = _SEEN_TOGETHER.sub(lambda found: _TOGETHER.sub("", found[0]), value)
    return next((one for place, one in enumerate(shown) if _is_hidden(one) and not _joins(shown, place)), None)


def _is_hidden(character: str) -> bool:
    return unicodedata.category(character) in _HIDDEN_CATEGORIES or bool(_HIDDEN_CHARACTERS.match(character))


def _joins(text: str, place: int) -> bool:
    """Say whether a joiner or non-joiner is one that spelling needs (RFC 5892, appendices A.1 and A.2)."""
    before, here, after = text[max(place - 1, 0) : place], text[place], text[place + 1 : place + 2]
    if here not in (_NON_JOINER, _JOINER) or not before:
        return False
    if unicodedata.combining(before) == _VIRAMA:
        return True
    return here == _NON_JOINER and all(one and unicodedata.bidirectional(one) == "AL" for one in (before, after))


def _turns(word: str) -> bool:
    """Say whether a word breaks the bidi rule: another word could look the same, or part of it stand elsewhere."""
    if word.isascii():
        return False
    directions = [direction for one in word if (direction := unicodedata.bidirectional(one)) in _STRONG_OR_DIGIT]
    found = set(directions)
    if "L" in found:
        return not found <= {"L", "EN"}
    if not found & {"R", "AL"}:
        return False
    return directions[0] in ("EN", "AN") or {"EN", "AN"} <= found
