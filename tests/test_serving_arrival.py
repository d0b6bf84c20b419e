"""Where a request ends, however its bytes come in, and what is kept of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from optiid.serving_arrival import IN_MEMORY, LARGEST_HEAD, Arrival, Spool

if TYPE_CHECKING:
    from collections.abc import Iterator

LARGEST = 1000
PLAIN = b"GET /scim/v2/Users HTTP/1.1\r\nHost: x\r\n\r\n"
COUNTED = b"POST /scim/v2/Users HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello"
CHUNKED = b"POST /u HTTP/1.1\r\ntransfer-encoding: Chunked\r\n\r\n5;a=b\r\nhello\r\n0\r\nDigest: x\r\n\r\n"


@pytest.fixture
def arrival() -> Iterator[Arrival]:
    made = Arrival(LARGEST)
    yield made
    made.close()


def everything(arrival: Arrival) -> bytes:
    return b"".join(iter(lambda: arrival.read(7), b""))


@pytest.mark.parametrize("raw", [PLAIN, COUNTED, CHUNKED])
@pytest.mark.parametrize("step", [1, 3, 1000])
def test_request_ends_where_it_ends(arrival: Arrival, raw: bytes, step: int) -> None:
    for start in range(0, len(raw), step):
        assert not arrival.complete
        assert arrival.take(raw[start : start + step]) == b""
        assert arrival.began
    assert arrival.complete
    assert everything(arrival) == raw


@pytest.mark.parametrize("raw", [PLAIN, COUNTED, CHUNKED])
def test_what_follows_belongs_to_the_next_request(arrival: Arrival, raw: bytes) -> None:
    assert arrival.take(raw + b"GET /next") == b"GET /next"
    assert everything(arrival) == raw


def test_empty_lines_before_a_request_are_passed_over(arrival: Arrival) -> None:
    for part in (b"\r", b"\n\r\n", PLAIN):
        arrival.take(part)
    assert (arrival.complete, arrival.target) == (True, b"GET /scim/v2/Users")
    assert everything(arrival) == PLAIN


@pytest.mark.parametrize(
    "head",
    [
        b"Content-Length: 5\r\nContent-Length: 6",
        b"Content-Length: 5\r\nTransfer-Encoding: chunked",
        b"Transfer-Encoding: gzip",
        b"Content-Length: 1001",
        b"Content-Length : 5",
    ],
)
def test_what_will_be_refused_is_not_waited_for(arrival: Arrival, head: bytes) -> None:
    arrival.take(b"POST /u HTTP/1.1\r\n" + head + b"\r\n\r\n")
    assert arrival.complete


@pytest.mark.parametrize("body", [b"ZZ\r\n", b"-5\r\n", b"\r\n", b"5" * 5000, b"3e8\r\n" + b"x" * 2001])
def test_body_of_broken_or_too_many_chunks_is_handed_over(arrival: Arrival, body: bytes) -> None:
    arrival.take(b"POST /u HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n" + body)
    arrival.take(b"x" * 2000)
    assert arrival.complete


def test_head_without_end_is_handed_over(arrival: Arrival) -> None:
    arrival.take(b"x" * LARGEST_HEAD)
    assert not arrival.complete
    arrival.take(b"x")
    assert arrival.complete


def test_half_a_body_is_for_the_application_and_half_a_head_for_nobody() -> None:
    whole, half = Arrival(LARGEST), Arrival(LARGEST)
    whole.take(COUNTED[:-1])
    whole.end()
    half.take(COUNTED[:10])
    half.end()
    assert (whole.complete, half.complete) == (True, False)
    whole.close()


def test_client_that_waits_for_100_is_seen_once(arrival: Arrival) -> None:
    arrival.take(COUNTED[:-9] + b"\r\nExpect: 100-continue\r\n\r\n")
    assert arrival.expects
    arrival.take(b"hello")
    assert everything(arrival) == COUNTED


def test_spool_gives_back_what_it_got() -> None:
    spool = Spool()
    spool.write(b"a" * IN_MEMORY)
    spool.write(memoryview(b"bcd"))
    assert (len(spool), spool.peek(IN_MEMORY)) == (IN_MEMORY + 3, b"a" * IN_MEMORY)
    spool.drop(IN_MEMORY)
    assert spool.peek(9) == b"bcd"
    spool.drop(3)
    spool.write(b"e")
    assert (len(spool), spool.peek(9)) == (1, b"e")
    spool.close()
