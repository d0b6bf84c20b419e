"""What a name that people are known by may consist of (rule R11): nothing that hides, and no blank at either end."""

from __future__ import annotations

import unicodedata

# Control, format (zero width, direction), surrogate, private, unassigned, and the line and paragraph separators.
_HIDDEN_CATEGORIES = frozenset(("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"))
# Letters, marks and a symbol that leave no trace either, though Unicode files them elsewhere. The variation
# selectors are not among them: emoji in group names have them.
_HIDDEN_CHARACTERS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0")


def fault_of_identifier(value: str) -> str | None:
    """Return what is wrong with an identifier, or None.

    Blanks at the ends are looked for in the compatibility form too, since that is what identifiers are compared by.
    """
    if not value.strip():
        return "must not be empty"
    if not (value.isascii() and value.isprintable()):
        if hidden := next((character for character in value if _is_hidden(character)), None):
            return f"has the hidden character U+{ord(hidden):04X}: remove it"
        if has_outer_blank(unicodedata.normalize("NFKC", value)):
            return "begins or ends with a blank or a mark that stands on one: remove it"
    return "begins or ends with a blank: remove it" if has_outer_blank(value) else None


def has_outer_blank(text: str) -> bool:
    """Say whether a text begins or ends with a blank of any width."""
    return text != text.strip()


def _is_hidden(character: str) -> bool:
    return character in _HIDDEN_CHARACTERS or unicodedata.category(character) in _HIDDEN_CATEGORIES
