"""Tokens and API keys: minting them, telling genuine ones from anything else, and the digest they are kept under.

The form is final, so that scanners for leaked secrets can rely on it: `optiid_` for the token of a connection,
`optiid_key_` for a key of the admin API or `optiid_secret_` for the secret of an OAuth client, 43 base62 characters
(256 random bits), 6 base62 characters (CRC32 of all that stands before).
"""

from __future__ import annotations

import hashlib
import re
import secrets
import string
import zlib

TOKEN_PREFIX = "optiid_"  # noqa: S105  # the public part of every token, not a secret
KEY_PREFIX = "optiid_key_"
CLIENT_PREFIX = "optiid_secret_"
ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase
SECRET_BITS = 256
# The least number of base62 characters that hold 256 and 32 bits.
SECRET_LENGTH = 43
CHECK_LENGTH = 6
TOKEN_PATTERN = rf"{TOKEN_PREFIX}[0-9A-Za-z]{{{SECRET_LENGTH + CHECK_LENGTH}}}"
SHOWN_LENGTH = 4
# Two digits at a time: the checksum of a token is told with every request.
_PAIRS = [first + second for first in ALPHABET for second in ALPHABET]
_TOKEN = re.compile(TOKEN_PATTERN)
_KEY = re.compile(TOKEN_PATTERN.replace(TOKEN_PREFIX, KEY_PREFIX))
_CLIENT_SECRET = re.compile(TOKEN_PATTERN.replace(TOKEN_PREFIX, CLIENT_PREFIX))


def mint_token() -> str:
    """Return a new token; it exists nowhere else, and only its digest may be kept."""
    return _mint(TOKEN_PREFIX)


def mint_key() -> str:
    """Return a new key of the admin API; like a token, it exists nowhere else."""
    return _mint(KEY_PREFIX)


def mint_client_secret() -> str:
    """Return a new secret of an OAuth client; like a token, it exists nowhere else."""
    return _mint(CLIENT_PREFIX)


def is_genuine(token: str) -> bool:
    """Return whether a text has the form of a token and its checksum: true for each token ever minted."""
    return _TOKEN.fullmatch(token) is not None and _checksum(token[:-CHECK_LENGTH]) == token[-CHECK_LENGTH:]


def is_genuine_key(key: str) -> bool:
    """Return whether a text has the form of an API key and its checksum."""
    return _KEY.fullmatch(key) is not None and _checksum(key[:-CHECK_LENGTH]) == key[-CHECK_LENGTH:]


def is_genuine_client_secret(secret: str) -> bool:
    """Return whether a text has the form of a client's secret and its checksum."""
    return _CLIENT_SECRET.fullmatch(secret) is not None and _checksum(secret[:-CHECK_LENGTH]) == secret[-CHECK_LENGTH:]


def digest(token: str) -> str:
    """Return the text under which a token is stored and found: at 256 random bits a fast hash is enough."""
    return hashlib.sha256(token.encode()).hexdigest()


def shown_prefix(token: str) -> str:
    """Return what lists and messages may show of a token or key: its prefix and its last four characters."""
    prefix = next((known for known in (KEY_PREFIX, CLIENT_PREFIX) if token.startswith(known)), TOKEN_PREFIX)
    return f"{prefix}...{token[-SHOWN_LENGTH:]}"


def _mint(prefix: str) -> str:
    body = prefix + _base62(secrets.randbits(SECRET_BITS), SECRET_LENGTH)
    return body + _checksum(body)


def _checksum(body: str) -> str:
    rest, low = divmod(zlib.crc32(body.encode()), len(_PAIRS))
    high, middle = divmod(rest, len(_PAIRS))
    return _PAIRS[high] + _PAIRS[middle] + _PAIRS[low]


def _base62(number: int, length: int) -> str:
    digits = []
    for _ in range(length):
        number, digit = divmod(number, len(ALPHABET))
        digits.append(ALPHABET[digit])
    return "".join(reversed(digits))
