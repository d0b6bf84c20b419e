"""Tokens: minting them, telling genuine ones from anything else, and the digest under which they are kept.

The form is final, so that scanners for leaked secrets can rely on it:
`optiid_` + 43 base62 characters (256 random bits) + 6 base62 characters (CRC32 of all that stands before).
"""

from __future__ import annotations

import hashlib
import re
import secrets
import string
import zlib

TOKEN_PREFIX = "optiid_"  # noqa: S105  # the public part of every token, not a secret
ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase
SECRET_BITS = 256
# The least number of base62 characters that hold 256 and 32 bits.
SECRET_LENGTH = 43
CHECK_LENGTH = 6
TOKEN_PATTERN = rf"{TOKEN_PREFIX}[0-9A-Za-z]{{{SECRET_LENGTH + CHECK_LENGTH}}}"
SHOWN_LENGTH = 4
_TOKEN = re.compile(TOKEN_PATTERN)


def mint_token() -> str:
    """Return a new token; it exists nowhere else, and only its digest may be kept."""
    body = TOKEN_PREFIX + _base62(secrets.randbits(SECRET_BITS), SECRET_LENGTH)
    return body + _checksum(body)


def is_genuine(token: str) -> bool:
    """Return whether a text has the form of a token and its checksum: true for each token ever minted."""
    return _TOKEN.fullmatch(token) is not None and _checksum(token[:-CHECK_LENGTH]) == token[-CHECK_LENGTH:]


def digest(token: str) -> str:
    """Return the text under which a token is stored and found: at 256 random bits a fast hash is enough."""
    return hashlib.sha256(token.encode()).hexdigest()


def shown_prefix(token: str) -> str:
    """Return what lists and messages may show of a token: its prefix and its last four characters."""
    return f"{TOKEN_PREFIX}...{token[-SHOWN_LENGTH:]}"


def _checksum(body: str) -> str:
    return _base62(zlib.crc32(body.encode()), CHECK_LENGTH)


def _base62(number: int, length: int) -> str:
    digits = []
    for _ in range(length):
        number, digit = divmod(number, len(ALPHABET))
        digits.append(ALPHABET[digit])
    return "".join(reversed(digits))
