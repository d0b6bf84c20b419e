"""Cursors (RFC 9865): a cut between two results, sealed so that a client can neither read nor make one.

A cut names no resource that would have to be there still: it is a value of the order itself, so whoever lived
throughout a walk and whose sort key stood still lies on one side of it before and after any change.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass
from itertools import takewhile
from typing import TYPE_CHECKING

import orjson

from optiid.clock import now
from optiid.scim.errors import ScimError

if TYPE_CHECKING:
    from collections.abc import Sequence

# A result's sort key, None when it has none, and its id.
Place = tuple[str | None, str]
# Comes after every id.
BEYOND = "\U0010ffff"
TAG_BYTES = 16
MILLISECONDS = 1000


@dataclass(frozen=True, slots=True)
class Cut:
    """A place between results: after it come those of a later sort key, and those of this one from `ident` on.

    A key of None is that of results without a value; it is also that of all results where nothing is sorted by.
    """

    key: str | None
    ident: str


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a page begins, or where one ends that is read towards the beginning.

    `total` is how many results there were when the walk began: to count them for each page would cost more than the
    page.
    """

    cut: Cut
    backward: bool = False
    total: int | None = None


def cut_between(one: Place, other: Place, *, descending: bool) -> Cut:
    """Return the cut between two results that follow each other.

    The shortest text that keeps two different keys apart is enough, and tells no more of the values than it must.
    """
    (last, _), (first, ident) = one, other
    if last == first:
        return Cut(first, ident)
    if first is None:
        return Cut(None, "")
    if last is None:
        return Cut(None, BEYOND)
    length = 1 + sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(last, first, strict=False)))
    return Cut(last[:length], BEYOND) if descending else Cut(first[:length], "")


def seal(secret: bytes, bound: Sequence[object], cursor: Cursor) -> str:
    """Return a cursor as text of unreserved characters that is good for one query (RFC 9865, section 2).

    `bound` says which query that is. The tag is computed from what is sealed and serves as its nonce (a synthetic
    initialization vector), so no two contents ever share a key stream.
    """
    cut = cursor.cut
    content = orjson.dumps([int(now().timestamp() * MILLISECONDS), cursor.backward, cut.key, cut.ident, cursor.total])
    tag = _tag(secret, bound, content)
    return _text(tag + _masked(secret, tag, content))


def unseal(secret: bytes, bound: Sequence[object], text: str, lifetime: float) -> Cursor:
    """Return the cursor in a text. Raises invalidCursor and, after `lifetime` seconds, expiredCursor."""
    raw = _bytes(text)
    tag = raw[:TAG_BYTES]
    content = _masked(secret, tag, raw[TAG_BYTES:])
    if not hmac.compare_digest(tag, _tag(secret, bound, content)):
        # Whatever is wrong, the answer is the same: it tells nothing of other queries (RFC 9865, section 5.2).
        raise ScimError.invalid_cursor(
            "The cursor does not belong to this query: send it as it was answered, with the same filter and order,"
            " or an empty cursor for the first page"
        )
    # A version before sealed no total, a later one may seal more: both run for a while side by side.
    issued, backward, key, ident, total = [*orjson.loads(content), None][:5]
    if now().timestamp() * MILLISECONDS - issued > lifetime * MILLISECONDS:
        raise ScimError.expired_cursor(
            f"The cursor is older than {lifetime:g} seconds: begin again with an empty cursor"
        )
    return Cursor(Cut(key, ident), backward, total)


def _tag(secret: bytes, bound: Sequence[object], content: bytes) -> bytes:
    query = hashlib.sha256(orjson.dumps(bound)).digest()
    return hmac.digest(_derived(secret, b"seal"), query + content, "sha256")[:TAG_BYTES]


def _masked(secret: bytes, tag: bytes, content: bytes) -> bytes:
    stream = hashlib.shake_256(_derived(secret, b"mask") + tag).digest(len(content))
    return bytes(one ^ other for one, other in zip(content, stream, strict=True))


def _derived(secret: bytes, purpose: bytes) -> bytes:
    return hmac.digest(secret, b"optiid cursor " + purpose, "sha256")


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    """Return what a text encodes, or nothing when it is not written the one way that `_text` writes it."""
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        return b""
    return raw if _text(raw) == text else b""
