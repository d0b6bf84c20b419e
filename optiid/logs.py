"""The log: JSON lines on stderr (or short lines for people), with the request's id and without secrets.

Ids are logged; names, queries and bodies are not (rule R6). Whatever looks like a token is masked as a last resort.
"""

from __future__ import annotations

import json
import logging
import re
import sys
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

import orjson

from optiid.clock import timestamp
from optiid.credentials import TOKEN_PREFIX

if TYPE_CHECKING:
    from optiid.settings import Settings

# Also a mistyped or cut token: what follows the prefix is nobody's business.
_TOKEN = re.compile(rf"{TOKEN_PREFIX}(?:key_)?[0-9A-Za-z]{{8,}}")
MASK = f"{TOKEN_PREFIX}***"
# Below /scim/v2/Users a path should hold an id; clients also send names there, and those are people.
_KNOWN_SEGMENT = re.compile(r"(?:[a-z]{3}_)?[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|\.search|urn:[\w.:-]{1,200}")
SEGMENTS_WITHOUT_IDS = 4
LONGEST_PATH = 300
REQUESTS = "optiid.requests"

request_id: ContextVar[str | None] = ContextVar("request_id", default=None)
_requests = logging.getLogger(REQUESTS)


def redact(text: str) -> str:
    """Return a text in which everything that looks like a token is masked."""
    return _TOKEN.sub(MASK, text) if TOKEN_PREFIX in text else text


def shown_path(path: str) -> str:
    """Return a request path in which nothing but ids stands for a person, safe to print on a terminal."""
    segments = path.partition("?")[0].split("/")
    for place in range(SEGMENTS_WITHOUT_IDS, len(segments)):
        if not _KNOWN_SEGMENT.fullmatch(segments[place]):
            segments[place] = "*"
    shown = "/".join(segments)[:LONGEST_PATH]
    return "".join(character if character.isprintable() else "?" for character in shown)


class JsonFormatter(logging.Formatter):
    """One JSON object per record: time, level, logger, message, request_id, the fields of a request, the traceback."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        line: dict[str, Any] = {
            "time": timestamp(),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if known := request_id.get():
            line["request_id"] = known
        line |= getattr(record, "fields", {})
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return redact(_encode(line))


def _encode(line: dict[str, Any]) -> str:
    try:
        return orjson.dumps(line, default=str).decode()
    except TypeError:
        # Half a surrogate pair or a number beyond 64 bits: a client's text must not cost the line.
        return json.dumps(line, default=str)


class TextFormatter(logging.Formatter):
    """Short lines for people: a request as method, path, status, milliseconds and profile; the rest as it is."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        fields = getattr(record, "fields", None)
        if fields is None:
            return redact(f"{record.levelname.lower()}: {super().format(record)}")
        return redact(
            f"{fields['method']:<6} {fields['path']}  {fields['status']}"
            f"  {fields['milliseconds']:.1f} ms  {fields.get('profile', 'admin API')}"
        )


def formatter_of(settings: Settings) -> type[logging.Formatter]:
    """Return the form of lines that the settings name."""
    return TextFormatter if settings.log_format == "text" else JsonFormatter


def configure(settings: Settings) -> None:
    """Send all logs of this process to stderr in the form that the settings name; a second call replaces the first."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter_of(settings)())
    root = logging.getLogger("optiid")
    root.handlers[:] = [handler]
    root.setLevel(settings.log_level.upper())
    root.propagate = False


def request_line(*, method: str, path: str, status: int, milliseconds: float, request_id: str, **more: str) -> None:
    """Log one answered request (`more`: profile and connection, or API key). `path` comes without its query: names."""
    if _requests.isEnabledFor(logging.INFO):
        fields = {"method": method, "path": shown_path(path), "status": status, "milliseconds": round(milliseconds, 2)}
        _requests.info("request", extra={"fields": fields | more | {"request_id": request_id}})
