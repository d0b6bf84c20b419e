"""Requests that two servers could read differently are one request or none, lawfully answered (rules R9, R12)."""

from __future__ import annotations

import socket
from typing import Any

import orjson
import pytest

from tests.administering import an_admin

# What is done with bytes has nothing to do with the database.
pytestmark = pytest.mark.parametrize(
    "live", ["sqlite", pytest.param("postgresql", marks=pytest.mark.soak)], indirect=True
)

JSON = b"Content-Type: application/json\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n"
# What would be a second request where the first ends too early.
HIDDEN = b"DELETE /scim/v2/Users/%s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\n\r\n"
EMPTY = b"0\r\n\r\n"

# By name: header lines of a POST, what follows them, and the status of the one answer.
SHAPES: dict[str, tuple[bytes, bytes, int]] = {
    "CL.TE": (b"Content-Length: 5\r\n" + CHUNKED, EMPTY, 400),
    "TE.CL": (CHUNKED + b"Content-Length: 5\r\n", EMPTY, 400),
    "TE.TE identity": (CHUNKED + b"Transfer-Encoding: identity\r\n", EMPTY, 400),
    "TE.TE twice": (CHUNKED + CHUNKED, EMPTY, 400),
    "TE list": (b"Transfer-Encoding: gzip, chunked\r\n", EMPTY, 400),
    "TE list of chunked": (b"Transfer-Encoding: chunked, chunked\r\n", EMPTY, 400),
    "TE chunked first": (b"Transfer-Encoding: chunked, identity\r\n", EMPTY, 400),
    "TE alike": (b"Transfer-Encoding: xchunked\r\n", EMPTY, 400),
    "TE quoted": (b'Transfer-Encoding: "chunked"\r\n', EMPTY, 400),
    "TE vertical tab": (b"Transfer-Encoding:\x0bchunked\r\n", EMPTY, 400),
    "TE blank before the colon": (b"Transfer-Encoding : chunked\r\n", EMPTY, 400),
    "TE folded": (b"Transfer-Encoding:\r\n chunked\r\n", EMPTY, 400),
    "TE after a bare LF": (b"X: x\nTransfer-Encoding: chunked\r\n", EMPTY, 400),
    "TE after a bare CR": (b"X: x\rTransfer-Encoding: chunked\r\n", EMPTY, 400),
    "CL twice": (b"Content-Length: 2\r\nContent-Length: 2\r\n", b"{}", 400),
    "CL twice and different": (b"Content-Length: 2\r\nContent-Length: 0\r\n", b"{}", 400),
    "CL list": (b"Content-Length: 2, 2\r\n", b"{}", 400),
    "CL signed": (b"Content-Length: +2\r\n", b"{}", 400),
    "CL negative": (b"Content-Length: -2\r\n", b"{}", 400),
    "CL hexadecimal": (b"Content-Length: 0x2\r\n", b"{}", 400),
    "CL underscore": (b"Content-Length: 0_2\r\n", b"{}", 400),
    "CL other digits": ("Content-Length: \u0662\r\n".encode(), b"{}", 400),
    "CL empty": (b"Content-Length: \r\n", b"{}", 400),
    "CL blank before the colon": (b"Content-Length : 2\r\n", b"{}", 400),
    "CL huge": (b"Content-Length: " + b"9" * 40 + b"\r\n", b"{}", 400),
    "folded": (b"X: a\r\n b\r\n", b"", 400),
    "no colon": (b"nonsense\r\n", b"", 400),
    "NUL in a value": (b"X: a\x00b\r\n", b"", 400),
    "NUL in a name": (b"X\x00: a\r\n", b"", 400),
    "chunk size signed": (CHUNKED, b"+2\r\n{}\r\n" + EMPTY, 400),
    "chunk size hexadecimal": (CHUNKED, b"0x2\r\n{}\r\n" + EMPTY, 400),
    "chunk size underscore": (CHUNKED, b"0_2\r\n{}\r\n" + EMPTY, 400),
    "chunk size of many digits": (CHUNKED, b"0" * 30 + b"2\r\n{}\r\n" + EMPTY, 400),
    "chunk without its end": (CHUNKED, b"2\r\n{}" + EMPTY, 400),
    "chunk ended by a bare LF": (CHUNKED, b"2\n{}\n0\n\n", 400),
    "chunk extension with a bare LF": (CHUNKED, b"2;a\n{}\r\n" + EMPTY, 400),
    "trailer that is a credential": (CHUNKED, b"2\r\n{}\r\n0\r\nAuthorization: Bearer x\r\n\r\n", 400),
    "trailer that is none": (CHUNKED, b"2\r\n{}\r\n0\r\nnonsense\r\n\r\n", 400),
}  # fmt: skip
# Request lines, and their one answer.
LINES: dict[str, tuple[bytes, int]] = {
    "HTTP/0.9": (b"GET /scim/v2/Users\r\n", 400),
    "HTTP/2 preface": (b"PRI * HTTP/2.0\r\n", 400),
    "HTTP/3.1": (b"GET /scim/v2/Users HTTP/3.1\r\n", 400),
    "no version": (b"GET /scim/v2/Users HTTP/\r\n", 400),
    "lower case": (b"get /scim/v2/Users HTTP/1.1\r\n", 400),
    "odd method": (b"BREW /scim/v2/Users HTTP/1.1\r\n", 405),
    "long method": (b"A" * 300 + b" /scim/v2/Users HTTP/1.1\r\n", 400),
    "method with NUL": (b"GE\x00T /scim/v2/Users HTTP/1.1\r\n", 400),
    "CONNECT": (b"CONNECT example.com:443 HTTP/1.1\r\n", 404),
    "TRACE": (b"TRACE /scim/v2/Users HTTP/1.1\r\n", 405),
    "all of the server": (b"OPTIONS * HTTP/1.1\r\n", 404),
    "two blanks": (b"GET  /scim/v2/Users HTTP/1.1\r\n", 200),
    "NUL in the path": (b"GET /scim/v2/Users\x00 HTTP/1.1\r\n", 400),
    "no slash": (b"GET scim/v2/Users HTTP/1.1\r\n", 400),
    "URL too long": (b"GET /scim/v2/Users?" + b"x" * 9000 + b" HTTP/1.1\r\n", 414),
}


def ask(live: Any, raw: bytes) -> list[tuple[int, bytes, Any]]:
    """Return status, head and document of each answer that comes until the connection ends."""
    with socket.create_connection(("127.0.0.1", live.settings.port), timeout=10) as connection:
        connection.sendall(raw)
        connection.shutdown(socket.SHUT_WR)
        try:
            told = b"".join(iter(lambda: connection.recv(65536), b""))
        except ConnectionResetError:  # what was not read any more
            told = b""
    answers = []
    for part in told.split(b"HTTP/1.1 ")[1:]:
        head, _, body = part.partition(b"\r\n\r\n")
        answers.append((int(head[:3]), head, orjson.loads(body) if body else None))
    return answers


def check_lawful(head: bytes, status: int, document: Any) -> None:
    """Fail for an error that is not of the form that its door has."""
    if b"application/problem+json" in head:
        assert document["status"] == status
    else:
        assert b"application/scim+json" in head
        assert document["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:Error"]
        assert document["status"] == str(status)
    assert b"nosniff" in head
    assert b"no-store" in head


@pytest.fixture
def victim(live: Any) -> tuple[Any, bytes, bytes]:
    """A client, its token, and a request that would delete its only user."""
    scim = live.scim()
    token = scim.connected.token.encode()
    return scim, token, HIDDEN % (scim.a_user()["id"].encode(), token)


@pytest.mark.parametrize("door", ["/scim/v2/Users", "/api/v1/users"])
def test_nothing_is_hidden_behind_a_request_of_two_meanings(live: Any, victim: Any, door: str) -> None:
    scim, token, hidden = victim
    if door.startswith("/api"):
        token = an_admin(live, scim.connected.organization).key.encode()
    start = b"POST %s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\n%s" % (door.encode(), token, JSON)
    for name, (lines, body, status) in SHAPES.items():
        answers = ask(live, start + lines + b"\r\n" + body + hidden)
        assert [answer[0] for answer in answers] == [status], name
        check_lawful(answers[0][1], status, answers[0][2])
    assert scim.get("/Users").body["totalResults"] == 1


@pytest.mark.parametrize("line", [b"POST /scim/v2/Users", b"GET /scim/v2/Users", b"GET /healthz"])
def test_unread_body_of_two_meanings_ends_the_connection(live: Any, victim: Any, line: bytes) -> None:
    scim, _, hidden = victim
    for body in (b"ZZ\r\n", b"+9f\r\n", b"2\r\n{}\r\nZZ\r\n", b"2\r\n{}XXZZ\r\n", b"2;a\nZZ\r\n", b"0\r\nfoo\r\n\r\n"):
        answers = ask(live, line + b" HTTP/1.1\r\nHost: x\r\n" + CHUNKED + b"\r\n" + body + hidden)
        assert [answer[0] for answer in answers][1:] == [400], body
    assert scim.get("/Users").body["totalResults"] == 1


def test_whole_requests_in_a_row_are_all_answered(live: Any, victim: Any) -> None:
    scim, token, hidden = victim
    start = b"POST /scim/v2/Users HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + token + b"\r\n" + JSON
    chunks = b'8;a="b"\r\n{"userNa\r\nC\r\nme":"next"}\n\r\n0\r\nDigest: x\r\n\r\n'
    assert [one[0] for one in ask(live, start + CHUNKED + b"\r\n" + chunks + hidden)] == [201, 204]
    assert [user["userName"] for user in scim.get("/Users").body["Resources"]] == ["next"]


def test_request_lines_of_other_times_and_servers(live: Any, victim: Any) -> None:
    scim, token, _ = victim
    for name, (line, status) in LINES.items():
        answers = ask(live, line + b"Host: x\r\nAuthorization: Bearer " + token + b"\r\n\r\n")
        assert [answer[0] for answer in answers] == [status], name
        if status != 200:
            check_lawful(answers[0][1], status, answers[0][2])
    absolute = b"GET http://evil.example/scim/v2/Users HTTP/1.1\r\nHost: evil.example\r\nAuthorization: Bearer "
    ((status, head, page),) = ask(live, absolute + token + b"\r\n\r\n")
    assert (status, page["totalResults"]) == (200, 1)
    assert "evil" not in str(page) + head.decode()
    assert scim.get("/Users").body["totalResults"] == 1


@pytest.mark.parametrize("door", ["/scim/v2/Users", "/api/v1/users"])
def test_one_authorization_header_or_none(live: Any, victim: Any, door: str) -> None:
    scim, token, _ = victim
    if door.startswith("/api"):
        token = an_admin(live, scim.connected.organization).key.encode()
    once = b"Authorization: Bearer " + token + b"\r\n"
    for lines in (once + once, once + b"Authorization: Bearer x\r\n", b"Authorization: x\r\n" + once):
        ((status, head, document),) = ask(live, b"GET " + door.encode() + b" HTTP/1.1\r\nHost: x\r\n" + lines + b"\r\n")
        assert status in (400, 401)
        check_lawful(head, status, document)


def test_many_or_long_headers_are_refused(live: Any, victim: Any) -> None:
    start = b"GET /scim/v2/Users HTTP/1.1\r\nHost: x\r\n"
    for lines in (b"X: x\r\n" * 65, b"X: " + b"x" * 8200 + b"\r\n", b"X" * 8200 + b": x\r\n", b"X: x\r\n" * 200_000):
        answers = ask(live, start + lines + b"\r\n")
        assert [answer[0] for answer in answers] in ([431], [400], []), lines[
            :9
        ]  # none: it was reset while it still came
