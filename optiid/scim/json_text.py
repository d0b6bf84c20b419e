"""The one strict JSON reader (RFC 8259 without its loose ends; rule R10).

Two readers that understand one text differently are how validators are passed by: a key that stands twice (also in
another case, since SCIM names ignore case), numbers that are none, half of a surrogate pair, NUL.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any, NoReturn

from optiid.scim.errors import ScimError

_LARGEST_INTEGER = 2**63 - 1
_LONGEST_INTEGER = 20
# Escapes whose meaning a database or an encoder may not take; only a text that has one is searched for its result.
_RISKY_ESCAPE = re.compile(r"\\u(?:0000|[dD][89a-fA-F])")
_UNWANTED = re.compile("[\x00\ud800-\udfff]")


def read_object(raw: bytes, depth_limit: int = 32) -> dict[str, Any]:
    """Return the object that a request body holds. Raises invalidSyntax with a reason, never anything else."""
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ScimError.invalid_syntax(f"The body is not UTF-8 (byte {error.start})") from error
    try:
        value = _DECODER.decode(text)
    except json.JSONDecodeError as error:
        raise ScimError.invalid_syntax(
            f"The body is not JSON: {error.msg} in line {error.lineno}, column {error.colno}"
        ) from error
    except RecursionError as error:
        raise _too_deep(depth_limit) from error
    if not isinstance(value, dict):
        raise ScimError.invalid_syntax("The body must be a JSON object")
    if text.count("{") + text.count("[") > depth_limit:
        _check_depth(value, depth_limit)
    if _RISKY_ESCAPE.search(text):
        _check_characters(value)
    return value


def _unique_members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(set(map(str.lower, members))) < len(pairs):
        raise ScimError.invalid_syntax("The body has an object with the same key twice (case does not count)")
    return members


def _refuse_constant(name: str) -> NoReturn:
    raise ScimError.invalid_syntax(f"{name} is not a JSON number")


def _read_integer(digits: str) -> int:
    if len(digits) <= _LONGEST_INTEGER and -_LARGEST_INTEGER <= (number := int(digits)) <= _LARGEST_INTEGER:
        return number
    raise ScimError.invalid_syntax("The body has a whole number beyond 64 bits")


def _read_float(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise ScimError.invalid_syntax("The body has a number too large to store")
    return number


_DECODER = json.JSONDecoder(
    object_pairs_hook=_unique_members,
    parse_constant=_refuse_constant,
    parse_int=_read_integer,
    parse_float=_read_float,
)


def _too_deep(limit: int) -> ScimError:
    return ScimError.invalid_syntax(f"The body is nested deeper than {limit} levels")


def _check_depth(value: Any, limit: int) -> None:
    level = [value]
    for _ in range(limit):
        level = [
            below
            for container in level
            for below in (container.values() if isinstance(container, dict) else container)
            if isinstance(below, (dict, list))
        ]
        if not level:
            return
    raise _too_deep(limit)


def _check_characters(value: Any) -> None:
    waiting = [value]
    while waiting:
        here = waiting.pop()
        if isinstance(here, dict):
            waiting += [*here.keys(), *here.values()]
        elif isinstance(here, list):
            waiting += here
        elif isinstance(here, str) and _UNWANTED.search(here):
            raise ScimError.invalid_syntax("The body has a NUL character or half of a surrogate pair in a text")
