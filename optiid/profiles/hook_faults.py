"""Hooks that failed or were slow since this thread began its request: noted by profiles, taken by who tells people.

Profiles know no connection and must not write, so what they note waits here until the request is answered.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass

# A bulk calls a hook for each of its operations.
MOST = 50
REASON_LIMIT = 200
_noted = threading.local()


@dataclass(frozen=True, slots=True)
class HookFault:
    """One fault; `kind` is `failed` or `slow`, `reason` holds nothing of the request: the type of an error, a time."""

    profile: str
    hook: str
    kind: str
    reason: str


def note(profile: str, hook: str, kind: str, reason: str) -> None:
    """Note a fault of a hook in this thread; beyond the first so many they are dropped."""
    faults = _noted.__dict__.setdefault("faults", [])
    if len(faults) < MOST:
        faults.append(HookFault(profile, hook, kind, reason[:REASON_LIMIT]))


def take() -> list[HookFault]:
    """Return what was noted in this thread, and forget it."""
    faults: list[HookFault] = _noted.__dict__.pop("faults", [])
    return faults
