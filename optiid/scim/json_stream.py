"""JSON text in pieces: an object with one list that is too long to be held as text at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


def spliced(document: dict[str, Any], name: str, chunks: Iterable[list[Any]]) -> Iterator[bytes]:
    """Return the pieces of an object that has, as its last member, the values of all chunks as one list.

    The object is encoded before the first piece is asked for, so that what cannot be encoded fails while an error can
    still be answered. A list without values is left out (RFC 7643, section 2.5).
    """
    opened = orjson.dumps(document)[:-1]
    return _pieces(opened, (b"," if document else b"") + orjson.dumps(name) + b":[", chunks)


def listed(document: dict[str, Any], name: str, values: Iterable[Iterable[bytes]]) -> Iterator[bytes]:
    """Yield the pieces of an object that has, as its last member, a list whose values come as pieces of text."""
    yield orjson.dumps(document)[:-1] + (b"," if document else b"") + orjson.dumps(name) + b":["
    for position, value in enumerate(values):
        if position:
            yield b","
        yield from value
    yield b"]}"


def _pieces(opened: bytes, list_opening: bytes, chunks: Iterable[list[Any]]) -> Iterator[bytes]:
    yield opened
    joint, closing = list_opening, b"}"
    for values in chunks:
        if values:
            yield joint + orjson.dumps(values)[1:-1]
            joint, closing = b",", b"]}"
    yield closing
