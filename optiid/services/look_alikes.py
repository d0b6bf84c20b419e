"""Letters of other scripts that look like Latin ones, for names that nobody may seem to bear.

It is a small part of Unicode's confusables (UTS 39): the letters that a Latin word can be spelled with unnoticed. Whole
names are compared, so that names in those scripts stay free.
"""

# ruff: noqa: RUF001 - letters that look alike are what this is about

from __future__ import annotations

import unicodedata

# Latin letter → letters that look like it, folded as names are: Cyrillic, Greek, Armenian, Cherokee, small capitals.
_ALIKE = {
    "a": "аαɑᴀᎪ",
    "b": "вβʙЬᏴ",
    "c": "сϲᴄᏟⅽ",
    "d": "ԁᴅᎠ",
    "e": "еεєᴇᎬ",
    "f": "ғϝ",
    "g": "ɡցᏀ",
    "h": "һнհʜᎻ",
    "i": "іιıɩɪӏᎥᏆ",
    "j": "јϳᴊᎫ",
    "k": "кκᴋᏦ",
    "l": "ӏʟᏞ",
    "m": "мμᴍᎷ",
    "n": "пηոɴᴎ",
    "o": "оοօσᴏᎾ",
    "p": "рρᴘᏢ",
    "q": "ԛզ",
    "r": "гʀᎡᏒᴦ",
    "s": "ѕꜱᏚ",
    "t": "тτᴛᎢ",
    "u": "υսᴜ",
    "v": "ѵνᴠᏙ",
    "w": "ԝωᴡᎳ",
    "x": "хχ",
    "y": "уγүყʏᎩ",
    "z": "ζᴢᏃ",
}
# What looks like one letter small and like another one as a capital: read the second way.
_CAPITALS = {"ν": "n", "η": "h", "υ": "y", "ӏ": "i", "у": "y", "п": "n"}
_SMALL = {ord(other): latin for latin, others in _ALIKE.items() for other in others.casefold() + others}
_LARGE = _SMALL | {ord(other): latin for other, latin in _CAPITALS.items()}


# Digits and letters of ASCII that one takes for each other; they count as one.
_ASCII = str.maketrans("01l|5", "oiiis")


def readings(key: str) -> frozenset[str]:
    """Return what the key of a name may be read as, to be compared with the readings of another.

    It is the key itself, and with Latin letters for those that look like them, digits (`Every0ne`) included.
    """
    plain = "".join(letter for letter in unicodedata.normalize("NFD", key) if not unicodedata.combining(letter))
    texts = (key, plain.translate(_SMALL), plain.translate(_LARGE))
    return frozenset(text.translate(_ASCII).replace("rn", "m") for text in texts)
