"""The placeholders of a transcript: `{user_id}` in texts and keys, filled from its variables and saved answers."""

from __future__ import annotations

import copy
import re
import secrets
import uuid
from typing import TYPE_CHECKING, Any

from optiid.profiles.replaying.problem import ProblemError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_]*)\}")


def fill(value: Any, names: Mapping[str, Any], encode: Callable[[str], str] = str) -> Any:
    """Return a value with its placeholders filled; a text that is nothing but one gets the value with its type."""
    if isinstance(value, str):
        lone = PLACEHOLDER.fullmatch(value)
        if lone and encode is str:
            return copy.deepcopy(_named(lone, names))
        return PLACEHOLDER.sub(lambda found: encode(str(_named(found, names))), value)
    if isinstance(value, list):
        return [fill(part, names, encode) for part in value]
    if isinstance(value, dict):
        return {fill(key, names): fill(part, names, encode) for key, part in value.items()}
    return value


def first_names(variables: Mapping[str, Any], run: str) -> dict[str, Any]:
    """Return what placeholders mean before the first step: `run`, and the transcript's own variables."""
    names: dict[str, Any] = {"run": run}
    for key, value in variables.items():
        fresh = {"uuid": str(uuid.uuid4()), "hex32": secrets.token_hex(16), "hex8": secrets.token_hex(4)}
        filled = names[key] = fill(value, {**names, **fresh})
        if isinstance(filled, str):
            names |= {f"{key}_upper": filled.upper(), f"{key}_lower": filled.lower()}
    return names


def _named(found: re.Match[str], names: Mapping[str, Any]) -> Any:
    if found[1] not in names:
        raise ProblemError(f"the placeholder {found[0]} has no value: a step before must save it")
    return names[found[1]]
