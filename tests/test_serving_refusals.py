"""Answers that no application gives: their statuses, and their form at each door."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from gunicorn.http import errors

from optiid.serving_refusals import RETRY_SECONDS, answer_to, refusal


def read(answer: bytes) -> tuple[str, dict[str, str], Any]:
    head, _, body = answer.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    return first, dict(line.split(": ", 1) for line in lines), orjson.loads(body)


def test_refusal_is_a_scim_error() -> None:
    first, headers, body = read(refusal(503, target=b"GET /scim/v2/Users"))
    assert first == "HTTP/1.1 503 Service Unavailable"
    assert headers["Content-Type"] == "application/scim+json"
    assert headers["Retry-After"] == str(RETRY_SECONDS)
    assert headers["Connection"] == "close"
    assert (headers["X-Content-Type-Options"], headers["Cache-Control"]) == ("nosniff", "no-store")
    assert body["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:Error"]
    assert body["status"] == "503"
    assert body["detail"].endswith(f"({headers['X-Request-Id']})")


def test_refusal_below_the_api_is_a_problem_document() -> None:
    _, headers, body = read(refusal(503, target=b"GET /api/v1/users"))
    assert headers["Content-Type"] == "application/problem+json"
    assert (body["type"], body["title"], body["status"]) == ("about:blank", "Service Unavailable", 503)
    assert body["request_id"] == headers["X-Request-Id"]


def test_only_what_passes_names_a_time() -> None:
    assert "Retry-After" not in read(refusal(408))[1]
    assert read(refusal(418, "I am a teapot"))[0] == "HTTP/1.1 418 I am a teapot"


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (errors.LimitRequestLine(9, 8), 414),
        (errors.LimitRequestHeaders("x"), 431),
        (errors.ExpectationFailed("x"), 417),
        (errors.InvalidHeaderName("x"), 400),
        (errors.InvalidResponseHeader("x"), 500),
        (errors.InvalidResponseHeaderName("x"), 500),
        (ValueError("x"), 500),
    ],
)
def test_each_fault_has_its_status(error: Exception, status: int) -> None:
    assert answer_to(error)[0] == status
