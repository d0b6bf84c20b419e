"""docs/admin-api.md: its table has every route, and its curl lines are run as they stand."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

from optiid.web.admin.nouns import ROUTES
from tests.administering import an_admin, check_described

PAGE = (Path(__file__).parents[1] / "optiid" / "docs" / "admin-api.md").read_text(encoding="utf-8")
# Under which name the page speaks of the id in an answer.
NAMES = {"connections": "CONNECTION", "users": "USER", "groups": "GROUP", "keys": "KEY_ID"}


def commands() -> list[str]:
    blocks = re.findall(r"^```sh\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    return [line for block in blocks for line in block.splitlines() if line.startswith("api ")]


def request_of(line: str, variables: dict[str, str]) -> tuple[str, str, dict[str, str], bytes | None]:
    """Return method, path, headers and body of a line, as a shell and curl read it."""
    raw = re.sub(r"'[^']*'|\$(\w+)", lambda found: variables[found[1]] if found[1] else found[0], line)
    words = iter(shlex.split(raw)[1:])
    method, headers, body, url = "GET", {}, None, ""
    for word in words:
        if word == "-X":
            method = next(words)
        elif word == "-H":
            name, _, value = next(words).partition(": ")
            headers[name] = value
        elif word == "-d":
            body, method = next(words).encode(), "POST" if method == "GET" else method
        else:
            url = word
    return method, url, headers, body


def test_curl_lines_do_what_the_page_says(service: Any) -> None:
    key = an_admin(service, service.connect().organization).key
    variables = {"URL": "/api/v1"}
    answers = []
    for line in commands():
        method, path, headers, body = request_of(line, variables)
        sent = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"} | headers
        reply = service.send(method, path, body, sent)
        assert reply.status in (200, 201, 204), (line, reply.body)
        check_described(method, path.removeprefix("/api/v1"), reply)
        noun = path.split("/")[3].partition("?")[0]
        if method == "POST" and path.count("/") == 3 and noun in NAMES:
            variables[NAMES[noun]] = reply.body["id"]
        answers.append((line, reply))
    access = next(reply.body for line, reply in answers if "/access?" in line)
    assert access["allowed"]
    assert [role["role"] for role in access["roles"]] == ["Editor"]
    assert [reply.headers.get("Idempotency-Replayed") for line, reply in answers if "7f1c" in line] == [None, "true"]


def test_every_route_is_in_the_table() -> None:
    told = re.findall(r"^\| `([A-Z]+ /\S+)` \| (\w+) \| (.+) \|$", PAGE, re.MULTILINE)
    paths = [one.path.replace("<", "{").replace(">", "}") for one in ROUTES]
    known = [(f"{one.method} {path}", one.scope, one.summary) for one, path in zip(ROUTES, paths, strict=True)]
    assert told == known
