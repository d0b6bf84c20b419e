"""Whether an answer is what a transcript expects: objects by the members they name, lists in any order, matchers."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from optiid.profiles.replaying.problem import ProblemError

if TYPE_CHECKING:
    from collections.abc import Callable

# What an object without the member that was asked for has.
ABSENT: Any = object()
SHOWN = 160
KINDS: dict[str, Any] = {
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "array": list,
    "object": dict,
}


def difference(want: Any, got: Any, where: str = "") -> str | None:
    """Return None when `got` is as wanted, else a sentence."""
    if _is_matcher(want):
        return _matcher_difference(want, got, where)
    if isinstance(want, dict) and isinstance(got, dict):
        return _object_difference(want, got, where)
    if isinstance(want, list) and isinstance(got, list):
        return _list_difference(want, got, where)
    same = want is got if isinstance(want, bool) or isinstance(got, bool) else want == got
    return None if same else f"{where or '$'}: wanted {_shown(want)}, got {_shown(got)}"


def _object_difference(want: dict[str, Any], got: dict[str, Any], where: str) -> str | None:
    for key, part in want.items():
        found = got.get(key, ABSENT)
        if found is ABSENT and _may_be_absent(part):
            continue
        told = difference(part, found, f"{where}.{key}" if where else key)
        if told:
            return told
    return None


def _list_difference(want: list[Any], got: list[Any], where: str) -> str | None:
    if len(want) != len(got):
        return f"{where or '$'}: wanted {len(want)} element(s), got {len(got)}: {_shown(got)}"
    left = _without_partner(want, got)
    return None if left is ABSENT else f"{where or '$'}: no element matches {_shown(left)} in {_shown(got)}"


def _matcher_difference(matcher: dict[str, Any], got: Any, where: str) -> str | None:
    for name, argument in matcher.items():
        holds = MATCHERS.get(name)
        if holds is None:
            raise ProblemError(f"there is no matcher {name}; known are {', '.join(MATCHERS)}")
        if not holds(argument, got):
            return f"{where or '$'}: wanted {_shown({name: argument})}, got {_shown(got)}"
    return None


def _matches(want: Any, got: Any) -> bool:
    return difference(want, got) is None


def _without_partner(wants: list[Any], gots: list[Any]) -> Any:
    """Give each wanted element another one that matches it; return the first that gets none, or ABSENT."""
    taken: dict[int, int] = {}

    def seat(index: int, seen: set[int]) -> bool:
        for place, got in enumerate(gots):
            if place not in seen and _matches(wants[index], got):
                seen.add(place)
                if place not in taken or seat(taken[place], seen):
                    taken[place] = index
                    return True
        return False

    return next((want for index, want in enumerate(wants) if not seat(index, set())), ABSENT)


def _is_matcher(want: Any) -> bool:
    return isinstance(want, dict) and bool(want) and all(key.startswith("@") for key in want)


def _may_be_absent(want: Any) -> bool:
    if not _is_matcher(want):
        return False
    return bool(want.get("@absent") or want.get("@empty") or any(map(_may_be_absent, want.get("@anyof", []))))


def _is_empty(got: Any) -> bool:
    return got is ABSENT or got is None or got in ("", [], {})


def _is_kind(kind: str, got: Any) -> bool:
    return isinstance(got, KINDS[kind]) and not (isinstance(got, bool) and kind in ("integer", "number"))


def _is_number(got: Any) -> bool:
    return _is_kind("number", got)


def _is_long(got: Any) -> bool:
    return isinstance(got, (list, str))


def _elements(got: Any) -> list[Any]:
    return got if isinstance(got, list) else []


def _counts(argument: dict[str, Any], got: Any) -> bool:
    count = sum(_matches(argument["match"], one) for one in _elements(got))
    return bool(argument.get("min", 0) <= count <= argument.get("max", count))


def _matches_any(argument: list[Any], got: Any) -> bool:
    return any(_may_be_absent(want) if got is ABSENT else _matches(want, got) for want in argument)


MATCHERS: dict[str, Callable[[Any, Any], bool]] = {
    "@absent": lambda argument, got: not argument or got is ABSENT,
    "@empty": lambda argument, got: bool(argument) == _is_empty(got),
    "@present": lambda argument, got: bool(argument) != _is_empty(got),
    "@type": _is_kind,
    "@includes": lambda argument, got: isinstance(got, list) and _without_partner(argument, got) is ABSENT,
    "@excludes": lambda argument, got: not any(_matches(want, one) for want in argument for one in _elements(got)),
    "@count": _counts,
    "@len": lambda argument, got: _is_long(got) and len(got) == argument,
    "@minlen": lambda argument, got: _is_long(got) and len(got) >= argument,
    "@maxlen": lambda argument, got: _is_empty(got) or (_is_long(got) and len(got) <= argument),
    "@min": lambda argument, got: _is_number(got) and got >= argument,
    "@max": lambda argument, got: _is_number(got) and got <= argument,
    "@regex": lambda argument, got: isinstance(got, str) and re.search(argument, got) is not None,
    "@ieq": lambda argument, got: isinstance(got, str) and got.casefold() == str(argument).casefold(),
    "@in": lambda argument, got: any(_matches(want, got) for want in argument),
    "@anyof": _matches_any,
    "@not": lambda argument, got: not _matches(argument, got),
}


def _shown(value: Any) -> str:
    text = "absent" if value is ABSENT else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= SHOWN else text[: SHOWN - 1] + "…"
