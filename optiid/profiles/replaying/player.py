"""Play a transcript, step by step, to whoever answers: the form is told in `tests/wire/README.md`.

A step without `expect` is to succeed.
"""

from __future__ import annotations

import copy
import json
import re
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, quote_plus

from optiid.profiles.replaying.matching import ABSENT, difference
from optiid.profiles.replaying.placeholders import fill, first_names
from optiid.profiles.replaying.problem import ProblemError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

SUCCESSES = tuple(range(200, 300))
NO_CONTENT = 204
STEP = re.compile(r"\.((?:[^.\[\]\"]|\"[^\"]*\")+)|\[(\d+)\]")


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer: header names in lower case, the body as JSON (None without one)."""

    status: int
    headers: Mapping[str, str]
    body: Any


@dataclass(frozen=True, slots=True)
class Player:
    """Plays transcripts: `send` takes method, path with query (below the base URL), headers and body.

    `strict`: steps that are advice (level `should`) end a conversation as well.
    """

    send: Callable[[str, str, dict[str, str], bytes | None], Reply]
    token: str
    strict: bool = False

    def play(self, transcript: Mapping[str, Any], run: str) -> str | None:
        """Return None when all goes as expected, else what went wrong first; `run` makes names new."""
        try:
            names = first_names(transcript.get("vars") or {}, run)
        except ProblemError as problem:
            return f"vars: {problem}"
        for number, step in enumerate(transcript["steps"], 1):
            if any(needed not in names for needed in step.get("requires", [])):
                continue
            try:
                self._play_step(transcript, step, names)
            except ProblemError as problem:
                if self.strict or step.get("level") != "should":
                    note = f" ({step['note']})" if step.get("note") else ""
                    return f"step {number}{note}: {problem}"
        return None

    def _play_step(self, transcript: Mapping[str, Any], step: Mapping[str, Any], names: dict[str, Any]) -> None:
        request = step["request"]
        body = _body(request, names)
        headers = _headers(transcript, request, names, has_body=body is not None)
        credential = self._credential(request.get("auth", transcript.get("auth", "bearer")))
        if credential is not None:
            headers.setdefault("Authorization", credential)
        path = fill(request["path"], names, lambda text: quote(text, safe=":@"))
        path += _query(request.get("query"), request.get("encoding", transcript.get("encoding", "percent")), names)
        reply = self.send(request["method"], path, headers, body)
        label = f"{request['method']} {path}"
        told = _unexpected(step.get("expect") or {}, reply, names)
        if told:
            raise ProblemError(f"{label}: {told}")
        for name, where in (step.get("save") or {}).items():
            names[name] = pick(where, reply)
            if names[name] is ABSENT:
                raise ProblemError(f"{label}: nothing to save at {where}")

    def _credential(self, form: str) -> str | None:
        forms = {
            "bearer": f"Bearer {self.token}",
            "raw": self.token,
            "lower": f"bearer {self.token}",
            "bad": f"Bearer {secrets.token_hex(16)}",
            "none": None,
        }
        if form not in forms:
            raise ProblemError(f"auth is {form!r}; it must be one of {', '.join(forms)}")
        return forms[form]


def pick(path: str, reply: Reply) -> Any:
    """Return what `$`, `$.a.b`, `$.a[0].b` or `header:Name` names in an answer, or ABSENT."""
    if path.startswith("header:"):
        return reply.headers.get(path.removeprefix("header:").lower(), ABSENT)
    here = reply.body
    for name, index in STEP.findall(path[1:]):
        if index:
            here = here[int(index)] if isinstance(here, list) and int(index) < len(here) else ABSENT
        else:
            here = here.get(name.strip('"'), ABSENT) if isinstance(here, dict) else ABSENT
    return here


def _unexpected(want: Mapping[str, Any], reply: Reply, names: Mapping[str, Any]) -> str | None:
    wanted = want.get("status", SUCCESSES)
    statuses = wanted if isinstance(wanted, (list, tuple)) else [wanted]
    if reply.status not in statuses:
        told = "a success" if wanted is SUCCESSES else " or ".join(map(str, statuses))
        return f"status {reply.status}, wanted {told} | {json.dumps(reply.body, ensure_ascii=False)[:300]}"
    for header, matcher in (want.get("headers") or {}).items():
        told_header = difference(fill(matcher, names), reply.headers.get(header.lower(), ABSENT), f"header {header}")
        if told_header:
            return told_header
    if "body" in want and reply.status != NO_CONTENT:
        return difference(fill(want["body"], names), reply.body)
    return None


def _body(request: Mapping[str, Any], names: Mapping[str, Any]) -> bytes | None:
    if "raw_body" in request:
        return str(fill(request["raw_body"], names)).encode()
    if "body" not in request and "body_from" not in request:
        return None
    document = fill(request["body"] if "body" in request else f"{{{request['body_from']}}}", names)
    for key in request.get("drop", []):
        document.pop(key, None)
    _merge(document, fill(request.get("set", {}), names))
    return json.dumps(document, ensure_ascii=False).encode()


def _merge(target: dict[str, Any], changes: Mapping[str, Any]) -> None:
    for key, value in changes.items():
        if isinstance(value, dict) and isinstance(target.get(key), dict):
            _merge(target[key], value)
        else:
            target[key] = copy.deepcopy(value)


def _headers(
    transcript: Mapping[str, Any], request: Mapping[str, Any], names: Mapping[str, Any], *, has_body: bool
) -> dict[str, str]:
    """Return the headers of a request; a null takes one of the transcript's away, and names know no case."""
    merged: dict[str, tuple[str, Any]] = {"content-type": ("Content-Type", "application/scim+json")}
    for source in (transcript.get("headers") or {}, request.get("headers") or {}):
        merged |= {name.lower(): (name, value) for name, value in source.items()}
    if not has_body and not request.get("keep_content_type"):
        del merged["content-type"]
    return {name: fill(value, names) for name, value in merged.values() if value is not None}


def _query(query: Any, style: str, names: Mapping[str, Any]) -> str:
    if not query:
        return ""
    quoted = quote_plus if style == "plus" else quote

    def encode(text: str) -> str:
        return quoted(text, safe="")

    if isinstance(query, str):  # sent as written, only the values of placeholders are encoded
        return "?" + str(fill(query, names, encode))
    pairs = [(key, one) for key, value in query.items() for one in (value if isinstance(value, list) else [value])]
    return "?" + "&".join(f"{key}={encode(str(fill(one, names)))}" for key, one in pairs)
