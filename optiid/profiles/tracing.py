"""Log each call of a hook with its arguments and result: for authors of profiles, switched on by `trace_hooks`.

Unlike the rest of the log this shows what people are called; passwords are masked here as well.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from optiid.profiles.types import PatchOperation

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pluggy

SECRET = "password"  # noqa: S105 - the name of an attribute
MASK = "***"
logger = logging.getLogger(__name__)


def trace(chain: pluggy.PluginManager) -> None:
    """Log every call of a hook in a chain from now on."""
    chain.add_hookcall_monitoring(_log_before, _log_after)


def without_passwords(value: Any) -> Any:
    """Return a value as it may be logged: with a mask wherever a password stands."""
    if isinstance(value, dict):
        return {name: MASK if name.lower() == SECRET else without_passwords(part) for name, part in value.items()}
    if isinstance(value, list):
        return [without_passwords(part) for part in value]
    if isinstance(value, PatchOperation):
        secret = (value.path or "").lower().endswith(SECRET)
        return replace(value, value=MASK if secret else without_passwords(value.value))
    return value


def _log_before(hook_name: str, _implementations: Any, arguments: Mapping[str, Any]) -> None:
    shown = {name: without_passwords(value) for name, value in arguments.items() if name != "context"}
    logger.info("hook %s called with %r", hook_name, shown)


def _log_after(outcome: pluggy.Result[Any], hook_name: str, _implementations: Any, _arguments: Any) -> None:
    if outcome.exception is not None:
        logger.info("hook %s raised %r", hook_name, outcome.exception)
    else:
        logger.info("hook %s gave %r", hook_name, without_passwords(outcome.get_result()))
