"""Replies as a WSGI server gets them."""

from __future__ import annotations

from contextlib import ExitStack
from itertools import islice
from typing import Any

import pytest

from optiid.web.reply import Reply, Streamed


def sent(reply: Reply, method: str = "GET") -> tuple[str, dict[str, str], bytes]:
    told: list[Any] = []
    body = b"".join(reply({"REQUEST_METHOD": method}, lambda *given: told.extend(given)))  # type: ignore[arg-type,return-value]
    return told[0], dict(told[1]), body


def test_body_goes_with_its_length() -> None:
    assert sent(Reply(200, b"{}", {"A": "b"})) == ("200 OK", {"A": "b", "Content-Length": "2"}, b"{}")


@pytest.mark.parametrize("status", [204, 304])
def test_what_has_no_body_has_no_length(status: int) -> None:
    assert "Content-Length" not in sent(Reply(status, b"", {}))[1]


def test_head_has_the_length_of_the_body_that_get_would_have() -> None:
    assert sent(Reply(200, b"{}", {}), "HEAD") == ("200 OK", {"Content-Length": "2"}, b"")


def streamed(told: list[str], pieces: Any = (b"a", b"b")) -> Streamed:
    held = ExitStack()
    held.callback(told.append, "held")
    return Streamed(iter(pieces), held)


def test_pieces_go_without_a_length() -> None:
    reply = Reply(200, streamed([]), {})
    assert reply.whole is None
    assert sent(reply) == ("200 OK", {}, b"ab")


@pytest.mark.parametrize("taken", [0, 1, 2])
def test_what_is_held_ends_with_the_last_piece_or_when_the_client_leaves(taken: int) -> None:
    told: list[str] = []
    body = streamed(told)
    pieces = iter(body)
    assert list(islice(pieces, taken)) == [b"a", b"b"][:taken]
    assert not told
    body.close()
    body.close()
    assert told == ["held"]


def test_head_lets_go_of_what_is_held() -> None:
    told: list[str] = []
    assert sent(Reply(200, streamed(told), {}), "HEAD") == ("200 OK", {}, b"")
    assert told == ["held"]
