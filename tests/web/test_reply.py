"""Replies as a WSGI server gets them."""

from __future__ import annotations

from typing import Any

import pytest

from optiid.web.reply import Reply


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


def test_pieces_go_without_a_length() -> None:
    reply = Reply(200, iter([b"a", b"b"]), {})
    assert reply.whole is None
    assert sent(reply) == ("200 OK", {}, b"ab")
