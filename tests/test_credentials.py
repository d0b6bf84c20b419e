"""Tokens: their final form, and that nothing else passes for one."""

from __future__ import annotations

import hashlib
import random
import re
import string
import uuid
import zlib
from pathlib import Path

import pytest

from optiid.credentials import (
    ALPHABET,
    TOKEN_PATTERN,
    digest,
    is_genuine,
    is_genuine_client_secret,
    is_genuine_key,
    mint_client_secret,
    mint_key,
    mint_token,
    shown_prefix,
)

KNOWN = "optiid_PcFZ6N62sRqCaIqOGAs2sYPwsAg9LscYAeT7cW3Fw7d0q8XBH"


def test_token_has_the_published_form() -> None:
    tokens = [mint_token() for _ in range(1000)]
    assert len(set(tokens)) == 1000
    for token in tokens:
        assert re.fullmatch(r"optiid_[0-9A-Za-z]{49}", token)
        assert re.fullmatch(TOKEN_PATTERN, token)
        assert is_genuine(token)


def published_pattern() -> re.Pattern[str]:
    page = (Path(__file__).resolve().parent.parent / "optiid" / "docs" / "credentials.md").read_text()
    (found,) = re.findall(r"```regex\n(.+)\n```", page)
    return re.compile(found)


def test_leak_scanners_find_what_is_minted_and_nothing_else() -> None:
    pattern, chance = published_pattern(), random.Random(8)
    for number in range(1000):
        secret = (mint_token, mint_key, mint_client_secret)[number % 3]()
        for text in (secret, f'token = "{secret}"', f"Bearer {secret}\n", f"?key={secret}&x", f"{secret}."):
            assert pattern.findall(text) == [secret]
        assert not pattern.search(secret[:-1])
        assert not pattern.search(secret + "0")
        assert not pattern.search("x" + secret)
        noise = "".join(chance.choices(string.ascii_letters + string.digits + "_-.:/ ", k=300))
        assert not pattern.search(noise)
        ident = uuid.UUID(int=chance.getrandbits(128))
        assert not pattern.search(f"{ident} {chance.randbytes(32).hex()} optiid_{noise[:20]}")


def test_checksum_is_crc32_of_all_before_in_base62() -> None:
    token = mint_token()
    number = 0
    for character in token[-6:]:
        number = number * 62 + ALPHABET.index(character)
    assert number == zlib.crc32(token[:-6].encode())


def test_token_holds_256_bits() -> None:
    assert 62**43 >= 2**256 > 62**42
    assert 62**6 >= 2**32


def test_known_token_stays_genuine() -> None:
    """Tokens outlive versions: this one was minted when the form was fixed."""
    assert is_genuine(KNOWN)
    assert digest(KNOWN) == hashlib.sha256(KNOWN.encode()).hexdigest()


def test_each_changed_character_is_noticed() -> None:
    token = mint_token()
    for place in range(len(token)):
        other = "A" if token[place] != "A" else "B"
        assert not is_genuine(token[:place] + other + token[place + 1 :])


@pytest.mark.parametrize(
    "text", ["", "optiid_", "Bearer", "optiid_0", "optiid_" + "0" * 49, "ä" * 56, "optiid_" + "٣" * 49]
)
def test_other_text_is_not_genuine(text: str) -> None:
    assert not is_genuine(text)


def test_blanks_and_line_ends_are_not_genuine() -> None:
    token = mint_token()
    for text in (token + "\n", " " + token, token + token, token[:-1], token.upper()):
        assert not is_genuine(text)


def test_shown_part_is_prefix_and_last_four() -> None:
    token = mint_token()
    assert shown_prefix(token) == "optiid_..." + token[-4:]


def test_keys_have_a_form_of_their_own() -> None:
    key, token = mint_key(), mint_token()
    assert re.fullmatch(r"optiid_key_[0-9A-Za-z]{49}", key)
    assert is_genuine_key(key)
    assert not is_genuine(key)
    assert not is_genuine_key(token)
    assert not is_genuine_key("optiid_key_" + token.removeprefix("optiid_"))
    assert not is_genuine_key(key[:-1] + ("A" if key[-1] != "A" else "B"))
    assert shown_prefix(key) == "optiid_key_..." + key[-4:]


def test_secrets_of_clients_have_a_form_of_their_own() -> None:
    secret = mint_client_secret()
    assert re.fullmatch(r"optiid_secret_[0-9A-Za-z]{49}", secret)
    assert is_genuine_client_secret(secret)
    assert not is_genuine(secret)
    assert not is_genuine_key(secret)
    assert not is_genuine_client_secret(mint_token())
    assert not is_genuine_client_secret(secret[:-1] + ("A" if secret[-1] != "A" else "B"))
    assert shown_prefix(secret) == "optiid_secret_..." + secret[-4:]
