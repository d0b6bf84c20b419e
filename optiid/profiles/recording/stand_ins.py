"""Stand-ins for what people are called: the same value gets the same one everywhere, of the same shape.

What is not known to be harmless is replaced as a whole, so nothing of a value is left. Two spellings of a value that
differ in case or in Unicode form get two spellings of one stand-in.
"""

from __future__ import annotations

import base64
import re
import unicodedata
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

HARMLESS = ("true", "false", "0", "1")
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-([0-9a-f])[0-9a-f]{3}-([0-9a-f])[0-9a-f]{3}-[0-9a-f]{12}", re.IGNORECASE)
_HEX = re.compile(r"[0-9a-f]{16,}", re.IGNORECASE)
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?", re.IGNORECASE | re.ASCII)
_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+")
_REFERENCE = re.compile(r"(.*?)(Users|Groups)/([^/?#\s]+)", re.IGNORECASE)
_URL = re.compile(r"[a-z][a-z0-9+.-]*://\S*", re.IGNORECASE)
_PLAIN_PREFIXES = ("", "/", "./", "../", "/v2/", "/scim/v2/")
_EPOCH = datetime(2020, 1, 1, tzinfo=UTC)
_HEX_LETTERS = 8


def is_id(text: str) -> bool:
    """Say whether a text has the form of an identifier that some machine made."""
    return (_UUID.fullmatch(text) or _HEX.fullmatch(text)) is not None


class StandIns:
    """Gives stand-ins; `variables` are the values that have a placeholder, exactly as they are written."""

    def __init__(self, variables: Mapping[str, str] | None = None) -> None:
        self._variables = dict(variables or {})
        self._numbers: dict[str, dict[str, int]] = defaultdict(dict)
        self._spellings: dict[str, list[str]] = defaultdict(list)

    def of(self, text: str) -> str:
        """Return the stand-in of a text; blanks around it stay."""
        core = text.strip()
        before, _, after = text.partition(core) if core else (text, "", "")
        return f"{before}{self._of(core)}{after}"

    def binary(self, text: str) -> str:
        """Return base64 that stands for other base64."""
        return base64.b64encode(f"stand-in {self._number('binary', text):06}".encode()).decode()

    def number(self, value: float) -> float:
        """Return a number of the same type; its digits are those of the stand-in of its text."""
        if isinstance(value, bool) or value in (0, 1):
            return value
        text = str(value)
        return type(value)(self._digits(text)) if "e" not in text and "n" not in text else type(value)(2)

    def _of(self, text: str) -> str:
        if text.lower() in HARMLESS or (text.isascii() and not any(character.isalnum() for character in text)):
            return text
        if text in self._variables:
            return self._variables[text]
        if reference := _REFERENCE.fullmatch(text):
            return self._reference(*reference.groups())
        for read in (self._instant, self._identifier, self._place):
            if found := read(text):
                return found
        if text.lower().startswith("tel:") and text[4:].isascii():
            return text[:4] + self._of(text[4:])
        if text.isascii() and not any(character.isalpha() for character in text):
            return self._digits(text)
        return self._name(text)

    def _reference(self, before: str, kind: str, ident: str) -> str:
        """Keep that it is a reference; the host that it names is another one."""
        return f"{before if before in _PLAIN_PREFIXES else 'https://example.com/scim/v2/'}{kind}/{self._of(ident)}"

    def _instant(self, text: str) -> str | None:
        found = _INSTANT.fullmatch(text)
        if found is None:
            return None
        day = _EPOCH + timedelta(days=self._number("instant", text))
        fraction = "." + "0" * (len(found[1]) - 1) if found[1] else ""
        zone = found[2] or ""
        return f"{day:%Y-%m-%dT%H:%M:%S}{fraction}{zone if zone in ('', 'Z', 'z') else '+00:00'}"

    def _identifier(self, text: str) -> str | None:
        if found := _UUID.fullmatch(text):
            version, variant = found.groups()
            made = f"ffffffff-0000-{version}000-{variant}000-{self._number('uuid', text):012}"
            return self._spelled(made.lower(), text)
        if _HEX.fullmatch(text) and not text.isdigit():
            width = len(text) - _HEX_LETTERS
            return self._spelled("f" * _HEX_LETTERS + f"{self._number('hex', text):0{width}}", text)
        return None

    def _place(self, text: str) -> str | None:
        if _ADDRESS.fullmatch(text):
            return self._spelled(f"person{self._number('address', text)}@example.com", text)
        if _URL.fullmatch(text):
            return self._spelled(f"https://example.com/page{self._number('url', text)}", text)
        return None

    def _digits(self, text: str) -> str:
        """Replace digits by digits; signs between them stay, as do their number while there is room."""
        digits = "".join(character for character in text if character.isdigit())
        number = str(self._number("digits", digits))
        fresh = "5" + number.rjust(len(digits) - 1, "0") if len(digits) > 1 else f"5{number}"
        waiting = list(fresh)
        parts = [waiting.pop(0) if character.isdigit() and waiting else character for character in text]
        return "".join(parts) + "".join(waiting)

    def _name(self, text: str) -> str:
        word = "name" if text.isascii() else "namé"
        blank = " " if any(character.isspace() for character in text) else ""
        made = self._spelled(f"{word}{blank}{self._number('name', text)}", text)
        decomposed = unicodedata.normalize("NFD", text) == text != unicodedata.normalize("NFC", text)
        return unicodedata.normalize("NFD", made) if decomposed else made

    def _number(self, kind: str, text: str) -> int:
        numbers = self._numbers[kind]
        return numbers.setdefault(_key(text), len(numbers) + 1)

    def _spelled(self, made: str, text: str) -> str:
        """Return a stand-in in lower case, in upper case, or with some letters in upper case, as the text is."""
        if text == text.lower():
            return made
        if text == text.upper():
            return made.upper()
        known, composed = self._spellings[_key(text)], unicodedata.normalize("NFC", text)
        if composed not in known:
            known.append(composed)
        pattern, letters = known.index(composed) + 1, 0
        result = ""
        for character in made:
            result += character.upper() if character.isalpha() and pattern >> letters & 1 else character
            letters += character.isalpha()
        return result


def _key(text: str) -> str:
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
