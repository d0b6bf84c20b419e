"""The only source of time and of identifiers; tests replace both here."""

import re
import secrets
import time
from datetime import UTC, datetime

# As much of a timestamp as somebody cares to write, in UTC.
_BEGINNING = re.compile(
    r"(\d{4}(?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01])(?:T(?:[01]\d|2[0-3])(?::[0-5]\d(?::[0-5]\d(?:\.\d{1,6})?)?)?)?)?)?)Z?",
    re.ASCII,
)
_OWN_FORM = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def now() -> datetime:
    """Return the current instant in UTC."""
    return datetime.now(UTC)


def timestamp(instant: datetime | None = None) -> str:
    """Return an instant (default: now) as fixed-width text whose order is the order of time."""
    moment = now() if instant is None else instant.astimezone(UTC)
    return moment.isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"


def read_beginning(text: str) -> str:
    """Return what timestamps are compared with that are to lie on or after an instant, or before it.

    It is written in UTC as far as it matters: `2026-11`, `2026-11-25T08:30`, `2026-11-25T08:30:05Z`. Raises ValueError.
    """
    found = _BEGINNING.fullmatch(text)
    if found is None:
        raise ValueError(f"{text[:40]!r} is no time in UTC such as 2026-11-25 or 2026-11-25T08:30Z")
    return found[1]


def is_own_form(ident: str) -> bool:
    """Say whether a text could be an id that `new_id` made."""
    return _OWN_FORM.fullmatch(ident) is not None


def new_id() -> str:
    """Return a new UUIDv7 (RFC 9562, section 5.7) as text: id order is creation order, to a quarter of a microsecond.

    The first bits behind the milliseconds are a fraction of one (section 6.2, method 3); the rest is drawn.
    """
    milliseconds, rest = divmod(time.time_ns(), 1_000_000)
    since, drawn = f"{milliseconds:012x}", secrets.token_hex(8)
    variant = "89ab"[int(drawn[0], 16) & 3]
    return f"{since[:8]}-{since[8:]}-7{(rest << 12) // 1_000_000:03x}-{variant}{drawn[1:4]}-{drawn[4:]}"
