"""Every answer bears the headers that keep browsers and caches from harm, at whichever door."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from optiid.security_headers import SECURITY_HEADERS
from optiid.serving_refusals import refusal
from tests.running import PREFIX, InProcess, settings_in

if TYPE_CHECKING:
    from collections.abc import Iterator

WANTED = {
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
}


@pytest.fixture(scope="module")
def sqlite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InProcess]:
    service = InProcess(settings_in(tmp_path_factory.mktemp("headers")))
    yield service
    service.database.close()


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/healthz"),
        ("GET", "/readyz"),
        ("GET", "/"),
        ("TRACE", "/nowhere"),
        ("GET", f"{PREFIX}/Users"),
        ("DELETE", f"{PREFIX}/Users"),
        ("GET", f"{PREFIX}/openapi.json"),
        ("GET", "/api/v1/openapi.json"),
        ("GET", "/api/v1/users"),
        ("POST", "/api/v1/nothing"),
    ],
)
def test_every_answer_bears_them_once_and_sets_no_cookie(sqlite: InProcess, method: str, path: str) -> None:
    answer = sqlite.app.test_client().open(path, method=method)
    told = [(name, value) for name, value in answer.headers if name in WANTED]
    assert sorted(told) == sorted(WANTED.items())
    assert "Set-Cookie" not in answer.headers


def test_what_no_application_answers_bears_them_too() -> None:
    head = refusal(400).partition(b"\r\n\r\n")[0].decode()
    assert not [name for name, value in WANTED.items() if f"{name}: {value}" not in head.split("\r\n")]


def test_they_are_written_once() -> None:
    assert dict(SECURITY_HEADERS) == WANTED
