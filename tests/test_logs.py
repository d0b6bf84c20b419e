"""The log: its two forms, and what never gets into it."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING, Any

import pytest

from optiid import logs
from optiid.credentials import mint_key, mint_token
from optiid.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Iterator

USER_ID = "01934b8e-7a30-7000-8000-0123456789ab"
REQUEST: dict[str, Any] = {
    "method": "PATCH",
    "path": f"/scim/v2/Users/{USER_ID}",
    "status": 200,
    "milliseconds": 3.14159,
    "profile": "standard",
    "connection": "c1",
    "request_id": "req_1",
}
logger = logging.getLogger("optiid.somewhere")


class Written:
    """What was written to stderr so far."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys
        self._text = ""

    def getvalue(self) -> str:
        self._text += self._capsys.readouterr().err
        return self._text


@pytest.fixture
def stderr(capsys: pytest.CaptureFixture[str]) -> Iterator[Written]:
    root = logging.getLogger("optiid")
    before = root.handlers[:], root.level, root.propagate
    yield Written(capsys)
    root.handlers[:], root.level, root.propagate = before


def lines(written: Written) -> list[dict[str, Any]]:
    return [json.loads(line) for line in written.getvalue().splitlines()]


def test_request_line_is_one_json_object(stderr: Written) -> None:
    logs.configure(load_settings({}))
    logs.request_line(**REQUEST)
    [line] = lines(stderr)
    assert line.pop("time").endswith("Z")
    assert line == REQUEST | {"level": "info", "logger": "optiid.requests", "message": "request", "milliseconds": 3.14}


def test_request_line_is_short_for_people(stderr: Written) -> None:
    logs.configure(load_settings({}, log_format="text"))
    logs.request_line(**REQUEST)
    assert stderr.getvalue() == f"PATCH  /scim/v2/Users/{USER_ID}  200  3.1 ms  standard\n"


def test_level_of_the_settings_decides(stderr: Written) -> None:
    logs.configure(load_settings({}, log_level="warning"))
    logs.request_line(**REQUEST)
    logger.info("quiet")
    logger.warning("loud")
    assert [line["message"] for line in lines(stderr)] == ["loud"]


def test_request_id_of_the_context_is_added(stderr: Written) -> None:
    logs.configure(load_settings({}))
    mark = logs.request_id.set("req_7")
    logger.warning("inside")
    logs.request_id.reset(mark)
    logger.warning("outside")
    assert [line.get("request_id") for line in lines(stderr)] == ["req_7", None]


def test_configuring_twice_writes_once(stderr: Written) -> None:
    logs.configure(load_settings({}))
    logs.configure(load_settings({}))
    logger.warning("once")
    assert len(lines(stderr)) == 1


@pytest.mark.parametrize("mint", [mint_token, mint_key])
@pytest.mark.parametrize("form", ["json", "text"])
def test_tokens_are_masked_wherever_they_stand(stderr: Written, form: str, mint: Any) -> None:
    logs.configure(load_settings({}, log_format=form))
    token = mint()
    try:
        raise ValueError(f"Bearer {token}")  # noqa: TRY301  # the traceback is the point
    except ValueError:
        logger.exception("failed with %s and cut %s", token, token[:20])
    logs.request_line(**REQUEST | {"path": f"/scim/v2/{token}", "profile": token})
    assert token[11:20] not in stderr.getvalue()
    assert stderr.getvalue().count(logs.MASK) >= 4


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        (f"/scim/v2/Users/{USER_ID}", f"/scim/v2/Users/{USER_ID}"),
        ("/scim/v2/Users/.search", "/scim/v2/Users/.search"),
        ("/scim/v2/Users/jane@example.com", "/scim/v2/Users/*"),
        ("/scim/v2/Users/jane/doe", "/scim/v2/Users/*/*"),
        ('/scim/v2/Users?filter=userName eq "jane"', "/scim/v2/Users"),
        ("/scim/v2/Schemas/urn:ietf:params:scim:schemas:core:2.0:User",) * 2,
        ("/scim/v2/\x1b[31m\n", "/scim/v2/?[31m?"),
        ("/" + "a" * 9000, "/" + "a" * 299),
    ],
)
def test_path_shows_ids_but_no_names(path: str, shown: str) -> None:
    assert logs.shown_path(path) == shown


def test_anything_can_be_logged(stderr: Written) -> None:
    logs.configure(load_settings({}))
    logger.warning("odd %s", "line\nbreak \ud800 \x00")
    logger.warning("object", extra={"fields": {"value": object(), "key": 2**70}})
    assert lines(stderr)[0]["message"].startswith("odd line\nbreak")
    assert len(lines(stderr)) == 2


@pytest.mark.parametrize("form", ["json", "text"])
def test_requests_of_the_admin_api_have_no_profile(stderr: Written, form: str) -> None:
    logs.configure(load_settings({}, log_format=form))
    request = {name: value for name, value in REQUEST.items() if name not in ("profile", "connection")}
    path = f"/api/v1/users/usr_{USER_ID}"
    logs.request_line(**request | {"path": path, "api_key": "some-key"})
    assert path in stderr.getvalue()
    assert "Traceback" not in stderr.getvalue()
    assert ("admin API" if form == "text" else "some-key") in stderr.getvalue()
