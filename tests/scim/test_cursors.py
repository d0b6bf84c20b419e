"""Cursors keep what they are given, only for the query they were made for, only unchanged, only for a time."""

from __future__ import annotations

import base64
from datetime import timedelta
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optiid import clock
from optiid.scim import cursors
from optiid.scim.cursors import Cursor, Cut, cut_between, seal, unseal
from optiid.scim.errors import ScimError
from tests.generated import TEXTS

SECRET = bytes(range(32))
BOUND = ("organization-1", "connection-1", [["User", 'userName sw "a"', ["name", "familyName"]]], False)
keys = st.none() | st.sampled_from(TEXTS) | st.text(max_size=8)
idents = st.sampled_from(["1", "2", "3", "4"])
all_cursors = st.builds(Cursor, st.builds(Cut, keys, idents), st.booleans(), st.none() | st.integers(1, 10**9))


def fault(text: str, secret: bytes = SECRET, bound: Any = BOUND, lifetime: float = 60) -> str | None:
    with pytest.raises(ScimError) as caught:
        unseal(secret, bound, text, lifetime)
    assert caught.value.status == 400
    return caught.value.scim_type


@given(all_cursors)
def test_sealed_is_unsealed(cursor: Cursor) -> None:
    text = seal(SECRET, BOUND, cursor)
    assert unseal(SECRET, BOUND, text, 60) == cursor
    # RFC 3986, section 2.3: the unreserved characters.
    assert set(text) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")


@settings(max_examples=200, deadline=None)
@given(all_cursors, st.integers(0, 2**16), st.characters(exclude_categories=["Cs"]))
def test_no_character_can_be_changed(cursor: Cursor, number: int, other: str) -> None:
    text = seal(SECRET, BOUND, cursor)
    place = number % len(text)
    if other != text[place]:
        assert fault(text[:place] + other + text[place + 1 :]) == "invalidCursor"
    assert fault(text[:place] + text[place + 1 :]) == "invalidCursor"
    assert fault(text[:place] + other + text[place:]) == "invalidCursor"


def test_unused_bits_of_the_last_character_count() -> None:
    for length in range(4):
        text = seal(SECRET, BOUND, Cursor(Cut("k" * length, "1")))
        alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_="
        assert {fault(text[:-1] + last) for last in alphabet if last != text[-1]} == {"invalidCursor"}


@given(st.text(max_size=80))
def test_what_is_no_cursor_is_refused(text: str) -> None:
    assert fault(text) == "invalidCursor"


@pytest.mark.parametrize(
    "bound",
    [
        ("organization-2", *BOUND[1:]),
        (BOUND[0], "connection-2", *BOUND[2:]),
        (*BOUND[:2], [["Group", 'userName sw "a"', ["name", "familyName"]]], False),
        (*BOUND[:2], [["User", 'userName sw "b"', ["name", "familyName"]]], False),
        (*BOUND[:2], [["User", None, ["name", "familyName"]]], False),
        (*BOUND[:2], [["User", 'userName sw "a"', None]], False),
        (*BOUND[:3], True),
    ],
)
def test_cursor_is_good_for_its_own_query_only(bound: Any) -> None:
    assert fault(seal(SECRET, bound, Cursor(Cut(None, "1")))) == "invalidCursor"


def test_cursor_of_another_secret_is_refused() -> None:
    assert fault(seal(bytes(32), BOUND, Cursor(Cut(None, "1")))) == "invalidCursor"


def test_cursor_expires_and_not_before_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    moment = clock.now()
    monkeypatch.setattr(cursors, "now", lambda: moment)
    text = seal(SECRET, BOUND, Cursor(Cut(None, "1")))
    for seconds in (-3600, 0, 59.9):
        monkeypatch.setattr(cursors, "now", lambda seconds=seconds: moment + timedelta(seconds=seconds))
        assert unseal(SECRET, BOUND, text, 60)
    monkeypatch.setattr(cursors, "now", lambda: moment + timedelta(seconds=60.1))
    assert fault(text) == "expiredCursor"
    assert fault(text, bound=()) == "invalidCursor"


@pytest.mark.parametrize("fields", [4, 5, 6])
def test_cursor_of_the_version_before_or_after_is_read(fields: int) -> None:
    """During an upgrade old and new workers answer pages of one walk."""
    content = orjson.dumps([int(clock.now().timestamp() * 1000), True, "k", "1", 7, "later"][:fields])
    tag = cursors._tag(SECRET, BOUND, content)
    text = cursors._text(tag + cursors._masked(SECRET, tag, content))
    assert unseal(SECRET, BOUND, text, 60) == Cursor(Cut("k", "1"), True, 7 if fields > 4 else None)


def test_cursor_can_not_be_read() -> None:
    text = seal(SECRET, BOUND, Cursor(Cut("lovelace", "0198c2a0")))
    raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    for secret in (b"lovelace", b"0198", b"User", b"familyName"):
        assert secret not in raw
    other = seal(SECRET, BOUND, Cursor(Cut("lovelacf", "0198c2a0")))
    assert other[:8] != text[:8]
    assert other[-8:] != text[-8:]


@given(keys, keys, idents, idents, st.booleans())
def test_cut_keeps_neighbours_apart(one: Any, other: Any, first: str, second: str, descending: bool) -> None:
    before, after = sorted([(one, first), (other, second)], key=lambda place: order(place, descending))
    if before == after:
        return
    cut = cut_between(before, after, descending=descending)
    place = order((cut.key, cut.ident), descending)
    assert order(before, descending) < place <= order(after, descending)


def order(place: Any, descending: bool) -> Any:
    key, ident = place
    if descending:
        return (key is not None, [-ord(one) for one in key] + [1] if key is not None else [], ident)
    return (key is None, [ord(one) for one in key] if key is not None else [], ident)


def test_cut_between_long_values_is_short() -> None:
    assert cut_between(("a" * 5000, "1"), ("b" * 5000, "2"), descending=False) == Cut("b", "")
    assert cut_between(("b" * 5000, "1"), ("a" * 5000, "2"), descending=True) == Cut("b", cursors.BEYOND)
